"""Forms on people."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password

from dafeng.registers import packaged_book
from dafeng.web.office.people.models import ROLES, Organisation, Person
from dafeng.web.office.people.setup import cases, is_first_token
from dafeng.web.office.words import later, plain, say

_NEW = {"autocomplete": "new-password"}


class SignInForm(AuthenticationForm):
    """Name and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label, self.fields["password"].label = say("user_name"), say("password")


class PasswordsForm(forms.Form):
    """A new password, twice."""

    password = forms.CharField(label=later("new_password"), widget=forms.PasswordInput(attrs=_NEW), help_text=password_validators_help_text_html, max_length=200)  # fmt: skip
    again = forms.CharField(
        label=later("password_again"), widget=forms.PasswordInput(attrs=_NEW), max_length=200
    )

    def __init__(self, *args: Any, person: Person | None = None, **kwargs: Any) -> None:
        self.person = person
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = password_validators_help_text_html()

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if found.get("password") and found.get("password") != found.get("again"):
            self.add_error("again", say("passwords_differ"))
        elif found.get("password"):
            try:
                validate_password(found["password"], self._subject(found))
            except forms.ValidationError as error:
                self.add_error("password", error)
        return found

    def _subject(self, found: dict[str, Any]) -> Person | None:  # noqa: ARG002 - the form of the first run has one
        return self.person


class PasswordChangeForm(PasswordsForm):
    """The old password and a new one."""

    old = forms.CharField(label=later("old_password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))  # fmt: skip
    field_order = ("old", "password", "again")

    def clean_old(self) -> str:
        text = str(self.cleaned_data["old"])
        if self.person is None or not self.person.check_password(text):
            raise forms.ValidationError(say("password_wrong"))
        return text


class FirstRunForm(PasswordsForm):
    """Token of the terminal, case, and the first administrator."""

    token = forms.CharField(label=later("first_token"), help_text=later("first_token_help"), max_length=200)
    case = forms.ChoiceField(label=later("case"), help_text=later("case_help"))
    username = forms.SlugField(label=later("user_name"), max_length=60)
    name = forms.CharField(label=later("name"), max_length=80)
    field_order = ("token", "case", "username", "name", "password", "again")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["case"].choices = [(name, name) for name in cases()]

    def clean_token(self) -> str:
        text = str(self.cleaned_data["token"])
        if not is_first_token(text):
            raise forms.ValidationError(say("first_token_wrong", folder=settings.WORKSPACE.root.name))
        return text

    def _subject(self, found: dict[str, Any]) -> Person | None:
        return Person(username=found.get("username", ""), name=found.get("name", ""))


class TokenForm(forms.Form):
    """Six digits of the second factor, or a recovery code."""

    token = forms.CharField(label=later("factor_token"), max_length=16, widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}))  # fmt: skip


class PersonForm(forms.Form):
    """A person to invite."""

    username = forms.SlugField(label=later("user_name"), max_length=60)
    name = forms.CharField(label=later("name"), max_length=80)
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=later("organisation"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.on()
        self.fields["organisation"].label_from_instance = lambda one: plain(one.name_zh, one.name_en)


class RoleForm(forms.Form):
    """A role over an object."""

    role = forms.ChoiceField(label=later("role"))
    region = forms.ChoiceField(label=later("region"), required=False)
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=later("only_organisation"), required=False, help_text=later("only_organisation_help"))  # fmt: skip
    register = forms.ChoiceField(label=later("register"), required=False)
    last_day = forms.DateField(
        label=later("last_day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bodies = list(Organisation.on())
        self.fields["role"].choices = [(one, say(f"role.{one}")) for one in ROLES]
        places = {one.region: plain(one.name_zh, one.name_en) for one in bodies if one.region and one.code.startswith(("city-", "county-"))}  # fmt: skip
        self.fields["region"].choices = [
            ("", "—"),
            *((code, f"{name} {code}") for code, name in places.items()),
        ]
        self.fields["organisation"].queryset = Organisation.on()
        self.fields["organisation"].label_from_instance = lambda one: plain(one.name_zh, one.name_en)
        book = packaged_book()
        self.fields["register"].choices = [("*", say("all_registers")), *((one, plain(book.latest(one).zh, book.latest(one).en)) for one in book.editions)]  # fmt: skip


class DelegationForm(forms.Form):
    """Whom a person lets act for it, until when and why."""

    receiver = forms.ModelChoiceField(Person.objects.none(), label=later("receiver"))
    last_day = forms.DateField(label=later("last_day"), widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label=later("reason"), max_length=300)

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["receiver"].queryset = Person.objects.filter(is_active=True).exclude(pk=person.pk)
        self.fields["receiver"].label_from_instance = lambda one: one.name


class HandOverForm(forms.Form):
    """Who takes the roles of a person who leaves."""

    successor = forms.ModelChoiceField(Person.objects.none(), label=later("successor"), required=False)

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["successor"].queryset = Person.objects.filter(is_active=True).exclude(pk=person.pk)
        self.fields["successor"].label_from_instance = lambda one: one.name
