"""The bill of materials of a station as CycloneDX JSON: each package with version, licence, sha256 and what it needs.

Runs in the environment that tools/release.py makes (cyclonedx-python-lib); the same release gives the same bytes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from licences import Package, library_licence
from locked import Target


@dataclass(frozen=True)
class Own:
    """A file of others that the wheel of Treadside carries: the networks."""

    name: str
    version: str
    licence: str
    sha256: str


def bill(treadside: Package, packages: Sequence[Package], own: Sequence[Own], target: Target, epoch_s: int) -> str:
    """CycloneDX 1.6 JSON of a station of one target.

    Raises:
        ValueError: the result does not meet CycloneDX's own schema.
    """
    root = _component(treadside, ComponentType.APPLICATION)
    parts = {package.name: _component(package, ComponentType.LIBRARY) for package in packages}
    models = [_model(one) for one in own]
    about = BomMetaData(
        component=root,
        timestamp=datetime.fromtimestamp(epoch_s, UTC),
        properties=[Property(name="treadside:python", value=target.python), Property(name="treadside:machine", value=target.machine)],
    )
    content = "".join(sorted(one.sha256 for one in [treadside, *packages, *own]))
    bom = Bom(components=[*parts.values(), *models], metadata=about, serial_number=uuid5(NAMESPACE_URL, f"treadside:{target}:{content}"))
    bom.register_dependency(root, [*(parts[name] for name in needed(treadside, parts, target)), *models])
    for package in packages:
        bom.register_dependency(parts[package.name], [parts[name] for name in needed(package, parts, target)])
    text = JsonV1Dot6(bom).output_as_string(indent=1)
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if wrong is not None:
        raise ValueError(f"the bill of materials does not meet CycloneDX's schema: {wrong}")
    return text + "\n"


def needed(package: Package, held: dict[str, Component], target: Target) -> list[str]:
    """Names among `held` that a package asks for on this target, without its extras."""
    needs = (Requirement(line) for line in package.needs)
    names = {canonicalize_name(need.name) for need in needs if target.meets(need.marker)}
    return sorted(names & set(held))


def _component(package: Package, kind: ComponentType) -> Component:
    return Component(
        name=package.name,
        version=package.version,
        type=kind,
        bom_ref=f"{package.name}@{package.version}",
        purl=PackageURL("pypi", None, package.name, package.version),
        licenses=[LicenseExpression(package.licence)],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=package.sha256)],
        components=[_library(package, name) for name in package.libraries],
    )


def _library(package: Package, file_name: str) -> Component:
    """A shared library that the makers of a wheel put inside; its name in the wheel carries a hash of its content."""
    name = re.sub(r"-[0-9a-f]{8,}(?=\.so)", "", file_name)
    licence = library_licence(package.name, file_name).replace("-WITH-GCC-exception", " WITH GCC-exception-3.1")
    return Component(
        name=name,
        type=ComponentType.LIBRARY,
        bom_ref=f"{package.name}@{package.version}/{file_name}",
        licenses=[LicenseExpression(licence)],
    )


def _model(own: Own) -> Component:
    return Component(
        name=own.name,
        version=own.version,
        type=ComponentType.MACHINE_LEARNING_MODEL,
        bom_ref=own.name,
        licenses=[LicenseExpression(own.licence)],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=own.sha256)],
    )
