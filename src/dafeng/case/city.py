"""What `city.yaml` says: which place this is, where it belongs, and the choices that hold for all of it."""

import difflib
import re
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from dafeng.evidence import Problem, Problems

_CODE = r"^\d{6}$"


class County(BaseModel):
    """A part of the place: a county of a city, a prefecture of a province."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^\d{6}(\d{3}(\d{3})?)?$", description="GB/T 2260")
    name_zh: str = Field(min_length=1)
    name_en: str = ""


class City(BaseModel):
    """The place, its parent and the options of its accounts. Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

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


def parse_yaml(file: str, text: str, problems: Problems) -> Any:
    """The content of a YAML file; a broken one is a problem with its line. Duplicate keys are refused."""
    try:
        return yaml.load(text, Loader=_StrictLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else file
        problems.add(where, error.problem or "broken YAML", "well-formed YAML", _yaml_mend(text))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problems.add(file, " ".join(str(error).split()), "well-formed YAML", _yaml_mend(text))
    return None


def _yaml_mend(text: str) -> str:
    if re.search(r"^\s*\t", text, re.MULTILINE):
        return "indent with blanks, not with tabs"
    if re.search(r"^\s*\w+:", text, re.MULTILINE):
        return "write a half-width colon and a blank after each key"
    return "check indentation, colons and quotation marks"


_BaseLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _StrictLoader(_BaseLoader):  # type: ignore[misc]
    """YAML's safe loader; a key given twice is an error, and dates stay text."""


def _mapping(loader: _StrictLoader, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        if isinstance(key_node.value, str) and key_node.value in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key_node.value!r} given twice", key_node.start_mark
            )
        if isinstance(key_node.value, str):
            seen.add(key_node.value)
    mapping: dict[Any, Any] = loader.construct_mapping(node, deep=deep)
    return mapping


def _construct_mapping(loader: _StrictLoader, node: yaml.MappingNode) -> Any:
    data: dict[Any, Any] = {}
    yield data
    data.update(_mapping(loader, node))


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_mapping)
_StrictLoader.add_constructor(
    "tag:yaml.org,2002:timestamp", lambda loader, node: loader.construct_scalar(node)
)


def parse_city(text: str, problems: Problems) -> City | None:
    """`city.yaml` as a city, or its problems, each with the path of the field."""
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
    path = ".".join(str(part) for part in detail["loc"])
    name = str(detail["loc"][0]) if detail["loc"] else ""
    line = next((n for n, row in enumerate(text.splitlines(), 1) if name and row.startswith(f"{name}:")), 0)
    where = f"city.yaml:{line}:{path}" if line else (f"city.yaml:{path}" if path else "city.yaml")
    if detail["type"] == "missing":
        return Problem(
            where,
            f"no field {name}",
            City.model_fields[name].description or name if name in City.model_fields else path,
            f"add {name}",
        )
    found = str(detail["input"])
    if detail["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, list(City.model_fields), 1)
        return Problem(
            where,
            f"an unknown field {path}",
            "a field of city.yaml",
            f"did you mean {near[0]}?" if near else "delete it",
        )
    return Problem(
        where, found if len(found) < 80 else found[:77] + "…", detail["msg"].removeprefix("Value error, ")
    )
