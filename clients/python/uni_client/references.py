"""How a resource is named where others depend on it."""

from __future__ import annotations

from urllib.parse import quote

from .callers import Resource


def halves(resource: Resource) -> tuple[str, str]:
    """`<plural>.<group>`, and the name. The platform's own group is known as that of Kubernetes."""
    group = "kubernetes.unikorn-cloud.org" if resource.group == "unikorn-cloud.org" else resource.group
    return f"{resource.plural}.{group}", resource.name


def escaped(resource: Resource) -> str:
    """The reference as the value of a path's place: escaped once, and once more where the path is filled in."""
    return quote("/".join(halves(resource)), safe="")
