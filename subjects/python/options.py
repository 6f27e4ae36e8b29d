"""What a constructor can be given: read from its signature, annotations and docstring, not listed by hand.

A value counts as documented if an annotation lists it (Literal), or if the docstring names it in the entry of its parameter
and the class's source uses it as a literal.
"""

import inspect
import re
import textwrap
import typing


class Option:
    """One option. `kind`: choice, number or integer. Stages: construct, setup, step. `values` start with the default."""

    def __init__(self, name, values, default, kind="choice", stage="construct", source="adapter", drawn=None):
        self.name = name
        self.default = default
        self.values = [default] + [value for value in values if not _same(value, default)]
        self.kind = kind
        self.stage = stage
        self.source = source
        #: For numbers: (low, high, "linear" or "log") to draw from beside the listed values.
        self.drawn = drawn

    def describe(self):
        return {
            "name": self.name,
            "kind": self.kind,
            "stage": self.stage,
            "source": self.source,
            "default": self.default,
            "values": list(self.values),
            "drawn": list(self.drawn) if self.drawn else None,
        }


def choices(name, *values, stage="construct"):
    """An option with listed values; the first is the default."""
    return Option(name, list(values), values[0], stage=stage)


def numbers(name, default, low, high, scale="linear", stage="construct"):
    """A numeric option drawn between two bounds."""
    return Option(name, [default], default, kind="number", stage=stage, drawn=(low, high, scale))


def _same(a, b):
    return type(a) is type(b) and a == b


def introspect(cls, numeric=None, skip=(), source_of=None):
    """Options of cls.__init__, and the names of parameters that could not be given values.

    `numeric` maps a name to values or to (low, high, scale); `skip` names parameters that are not options of the mathematics.
    """
    numeric = numeric or {}
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
    hints = _hints(cls)
    source = _source(source_of or cls)
    found, left = [], []
    for parameter in parameters:
        name, default = parameter.name, parameter.default
        if name in skip or parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        if default is inspect.Parameter.empty:
            default = None
        values, where = _values(cls, name, default, hints.get(name), source)
        if name in numeric:
            found.append(_numeric(name, default, _within(numeric[name], values)))
        elif len(values) > 1:
            found.append(Option(name, values, default, source=where))
        else:
            left.append(name)
    return found, left


def _numeric(name, default, domain):
    if isinstance(domain, tuple) and len(domain) == 3 and isinstance(domain[2], str):
        return Option(name, [default], default, kind="number", drawn=domain)
    return Option(name, list(domain), default, kind=_kind([default, *domain]))


def _within(domain, documented):
    """Of the numbers that an adapter lists, those that the docstring does, where it lists some."""
    listed = isinstance(domain, list) and len(documented) > 1 and all(type(value) is int for value in documented)
    return [value for value in domain if value in documented] if listed else domain


def _kind(values):
    """Numbers are told apart by name alone in reports; anything else by its value."""
    plain = [value for value in values if not isinstance(value, bool)]
    if all(isinstance(value, int) for value in plain):
        return "integer"
    return "number" if all(isinstance(value, (int, float)) for value in plain) else "choice"


def _values(cls, name, default, hint, source):
    literal = _literals(hint)
    if literal:
        return [default, *literal] if not any(_same(default, v) for v in literal) else literal, "annotation"
    if isinstance(default, bool):
        return [default, not default], "signature"
    documented = _documented(cls, name, default, source)
    return [default, *documented], "docstring"


def _hints(cls):
    try:
        return typing.get_type_hints(cls.__init__)
    except Exception:  # annotations that name what is not importable here
        return {k: v for k, v in getattr(cls.__init__, "__annotations__", {}).items() if not isinstance(v, str)}


def _literals(hint):
    if hint is None:
        return []
    if typing.get_origin(hint) is typing.Literal:
        return list(typing.get_args(hint))
    return [value for part in typing.get_args(hint) for value in _literals(part)]


def _source(cls):
    try:
        module = inspect.getmodule(cls)
        return inspect.getsource(module if module is not None else cls)
    except (OSError, TypeError):
        return ""


def entry(cls, name):
    """The docstring's text for one parameter; empty where there is none."""
    text = textwrap.dedent(inspect.getdoc(cls) or "") + "\n" + textwrap.dedent(inspect.getdoc(cls.__init__) or "")
    start = re.search(r"^[ \t]*%s[ \t]*\(" % re.escape(name), text, re.MULTILINE)
    if start is None:
        return ""
    rest = text[start.start() :]
    indent = len(rest) - len(rest.lstrip())
    lines = rest.splitlines()
    kept = [lines[0]]
    for line in lines[1:]:
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        kept.append(line)
    return "\n".join(kept)


def _documented(cls, name, default, source):
    text = entry(cls, name)
    quoted = re.findall(r"[`\"']+([A-Za-z0-9_+.\-]+)[`\"']+", text)
    if isinstance(default, int) and not isinstance(default, bool):
        numbers_found = sorted({int(word) for word in quoted if re.fullmatch(r"[0-9]", word)})
        return numbers_found if default in numbers_found and len(numbers_found) > 1 else []
    if default is not None and not isinstance(default, str):
        return []
    values = []
    for word in quoted:
        used = re.search(r"[\"']%s[\"']" % re.escape(word), source)
        if used and word not in values and not re.fullmatch(r"[0-9.]+", word):
            values.append(word)
    return values
