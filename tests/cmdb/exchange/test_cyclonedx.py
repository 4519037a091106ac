"""Bills of materials in CycloneDX: JSON and XML say the same, and nothing in them can break the reader."""

from __future__ import annotations

import json

import pytest

from cmdb.exchange.cyclonedx import Component, read_cyclonedx
from cmdb.exchange.estate.faults import Faults

BOM = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "metadata": {"component": {"type": "application", "bom-ref": "app", "name": "shop", "version": "1.4"}},
    "components": [
        {
            "type": "library",
            "bom-ref": "r-1",
            "group": "org.example",
            "name": "web",
            "version": "6.1.0",
            "purl": "pkg:maven/org.example/web@6.1.0",
            "cpe": "cpe:2.3:a:example:web:6.1.0:*:*:*:*:*:*:*",
            "publisher": "Example",
            "licenses": [{"license": {"id": "Apache-2.0"}}, {"license": {"name": "House licence"}}],
            "components": [{"type": "library", "bom-ref": "r-2", "name": "inner", "version": "2"}],
        },
        {"type": "library", "bom-ref": "r-3", "name": "log", "licenses": [{"expression": "MIT OR Apache-2.0"}]},
    ],
    "dependencies": [
        {"ref": "app", "dependsOn": ["r-1", "r-3"]},
        {"ref": "r-1", "dependsOn": ["r-2", "r-1", "gone"]},
    ],
}
XML = """<?xml version="1.0"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.5">
  <metadata><component type="application" bom-ref="app"><name>shop</name><version>1.4</version></component></metadata>
  <components>
    <component type="library" bom-ref="r-1">
      <publisher>Example</publisher><group>org.example</group><name>web</name><version>6.1.0</version>
      <licenses><license><id>Apache-2.0</id></license><license><name>House licence</name></license></licenses>
      <cpe>cpe:2.3:a:example:web:6.1.0:*:*:*:*:*:*:*</cpe><purl>pkg:maven/org.example/web@6.1.0</purl>
      <components>
        <component type="library" bom-ref="r-2"><name>inner</name><version>2</version></component>
      </components>
    </component>
    <component type="library" bom-ref="r-3"><name>log</name>
      <licenses><expression>MIT OR Apache-2.0</expression></licenses></component>
  </components>
  <dependencies>
    <dependency ref="app"><dependency ref="r-1"/><dependency ref="r-3"/></dependency>
    <dependency ref="r-1"><dependency ref="r-2"/><dependency ref="r-1"/><dependency ref="gone"/></dependency>
  </dependencies>
</bom>"""


def bom(text):
    """Return what was read, and the codes of what was wrong."""
    faults = Faults()
    return read_cyclonedx(text if isinstance(text, str) else json.dumps(text), faults), [
        fault.code for fault in faults.problems
    ]


def test_components_are_known_by_what_stays_the_same():
    """A bom-ref is another each time a tool runs; the package URL, or type, name and version, are not."""
    found, wrong = bom(BOM)
    assert wrong == []
    assert found.subject == Component("app", "application", "shop", version="1.4")
    assert [one.id for one in found.components] == ["library:inner@2", "library:log", "pkg:maven/org.example/web@6.1.0"]
    assert found.components[2].licence == "Apache-2.0 AND House licence"
    assert found.components[2].vendor == "Example"
    assert found.depends_on == {
        "application:shop@1.4": ("library:log", "pkg:maven/org.example/web@6.1.0"),
        "pkg:maven/org.example/web@6.1.0": ("library:inner@2",),
    }
    assert [(note.code, note.facts) for note in found.notes] == [("cyclonedx.not_there", {"count": 1})]


def test_xml_says_the_same_as_json():
    """Both forms of one bill of materials read to one value."""
    assert bom(XML) == bom(BOM)


@pytest.mark.parametrize("version", ["1.4", "1.5", "1.6"])
def test_the_versions_in_use_are_read(version):
    """1.4 to 1.6, in both forms."""
    assert bom({**BOM, "specVersion": version})[0].version == version
    assert bom(XML.replace("bom/1.5", f"bom/{version}"))[0].version == version


DEEP: dict = {"type": "library", "name": "x"}
for _ in range(60):
    DEEP = {"type": "library", "name": "x", "components": [DEEP]}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "document.not_json"),
        ("[" * 100_000, "document.nested"),
        ({"bomFormat": "SPDX"}, "cyclonedx.not_bom"),
        ({**BOM, "specVersion": "1.2"}, "cyclonedx.version"),
        ({**BOM, "specVersion": ["1.5"]}, "cyclonedx.version"),
        ({**BOM, "components": {"a": 1}}, "cyclonedx.wrong"),
        ({**BOM, "components": [{"type": "library"}]}, "cyclonedx.no_name"),
        ({**BOM, "components": [DEEP]}, "cyclonedx.nested"),
        ({**BOM, "dependencies": 5}, "cyclonedx.wrong"),
        ("<bom", "document.not_xml"),
        ("<html></html>", "cyclonedx.not_bom"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><bom>&b;</bom>', "document.entities"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><bom/>', "document.entities"),
    ],
)
def test_what_is_no_bill_of_materials_is_refused(text, code):
    """One reason, and nothing of the document is believed; entities are refused before anything is read."""
    found, wrong = bom(text)
    assert found is None
    assert wrong == [code]


def test_a_document_whose_parts_are_garbage_is_read_as_far_as_it_says_anything():
    """Types nobody expects in places that do not matter are left out, and do not break the reading."""
    odd = {"type": 5, "name": "x", "version": ["1"], "licenses": "MIT", "supplier": 3, "bom-ref": {}}
    found, wrong = bom({**BOM, "metadata": [], "components": [odd], "dependencies": [5, {"ref": []}]})
    assert wrong == []
    assert found.subject is None
    assert found.components == (Component("", "", "x"),)
