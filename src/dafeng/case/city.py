"""Data model of `city.yaml`: the place, its parent, and the options that hold for the whole case."""

from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from dafeng.evidence import Problem, Problems, Text, field_problem, parse_yaml, yaml_line

_CODE = r"^\d{6}$"
SCHEMA = 3
"""Version of the case schema that this release reads and writes; older ones load with defaults.

1 up to bb1fe3c (no field `schema`); 2 plants of every branch with output and intensity, projects with odds;
3 the scenario `policy-carried-on`, which was `no-plan`.
"""


class County(BaseModel):
    """Part of the place: a county of a city, a prefecture of a province."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^\d{6}(\d{3}(\d{3})?)?$", description="GB/T 2260")
    name_zh: str = Field(min_length=1)
    name_en: str = ""


class City(BaseModel):
    """Place, its parent and the options of its accounts. Unspecified fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: int = Field(
        default=1, ge=1, le=SCHEMA, alias="schema",
        description=f"案例结构版本,现为 {SCHEMA} · version of the case schema, now {SCHEMA}",
    )  # fmt: skip
    name_zh: str = Field(min_length=1, description="中文名 · Chinese name")
    name_en: str = Field(min_length=1, description="英文名 · English name")
    code: str = Field(pattern=_CODE, description="GB/T 2260, 六位,加引号 · six digits, quoted")
    level: str = Field(pattern=r"^(province|city)$", description="province | city")
    parent: str | None = Field(
        default=None, description="上级案例 · bundled case, as regions/360000, or ../folder"
    )
    counties: tuple[County, ...] = Field(default=(), description="下辖县区 · its parts")
    base_year: int = Field(ge=1990, le=2100, description="基准年 · base year")
    as_of: int = Field(ge=1990, le=2100, description="数据截至年 · last observed year")
    horizon: int = Field(ge=1990, le=2100, description="模型末年 · last year of the model")
    inventory_years: tuple[int, int] | None = Field(
        default=None, description="清单起止年 · first and last year"
    )
    headline_account: str = Field(
        default="A", pattern=r"^[ABC]$", description="主口径 · A assessment, B territorial, C GPC"
    )
    synthetic: bool = Field(
        default=False, description="仿真案例,结果处处标明 · synthetic, marked on every result"
    )
    account: dict[str, str | int | float | bool | None] = Field(
        default={}, description="核算选项 · account options"
    )

    @field_validator("code", mode="before")
    @classmethod
    def _quoted(cls, code: object) -> object:
        return str(code) if isinstance(code, int) else code

    @model_validator(mode="after")
    def _years_in_order(self) -> "City":
        if not self.base_year <= self.as_of <= self.horizon:
            raise ValueError(
                f"base_year {self.base_year} <= as_of {self.as_of} <= horizon {self.horizon} is not so"
            )
        if self.inventory_years and self.inventory_years[0] > self.inventory_years[1]:
            raise ValueError(
                f"inventory_years {list(self.inventory_years)}: the first must not be after the last"
            )
        codes = [county.code for county in self.counties]
        if len(set(codes)) < len(codes):
            raise ValueError("a county code is given twice")
        return self


def parse_city(text: str, problems: Problems) -> City | None:
    """Parse `city.yaml` to a city, or collect its problems, each with the path of the field."""
    content = parse_yaml("city.yaml", text, problems)
    if content is None:
        if not text.strip():
            problems.add("city.yaml", "an empty file", "name, code, level and years of the place")
        return None
    if not isinstance(content, dict):
        problems.add("city.yaml:1", f"a {type(content).__name__}", "a mapping of fields, as name_zh: 九江市")
        return None
    try:
        return City.model_validate(content)
    except ValidationError as error:
        problems.extend(_field_problem(text, detail) for detail in error.errors())
        return None


def _field_problem(text: str, detail: Any) -> Problem:
    names = [str(part) for part in detail["loc"]]
    path = ".".join(names)
    if path == "schema" and detail["type"] == "less_than_equal":
        return Problem(
            f"city.yaml:{yaml_line(text, names)}:schema", str(detail["input"]),
            Text(f"至多 {SCHEMA}:本版 dafeng 的案例结构", f"at most {SCHEMA}, the schema of this release of dafeng"),
            Text("该案例由更新的 dafeng 写出,请升级 dafeng", "a newer dafeng wrote the case: update dafeng"),
        )  # fmt: skip
    line = yaml_line(text, names) if names and detail["type"] != "missing" else None
    where = f"city.yaml:{line}:{path}" if line else (f"city.yaml:{path}" if path else "city.yaml")
    known = City.model_fields if len(names) == 1 else County.model_fields
    problem = field_problem(where, detail, known)
    described = City.model_fields[path].description if path in City.model_fields else None
    if described and detail["type"] != "extra_forbidden":
        return replace(
            problem, expected=described if detail["type"] == "missing" else f"{problem.expected}: {described}"
        )
    return problem
