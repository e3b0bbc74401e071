"""What a PDF says of itself, in and out: title, author, and the standards it claims to meet."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

import pikepdf

from clausebook.typed import dataclass

_PART = re.compile(r"pdfaid:part\s*(?:=\s*[\"']|>)\s*(\d)")
_LEVEL = re.compile(r"pdfaid:conformance\s*(?:=\s*[\"']|>)\s*([A-Z])")
_ACCESSIBLE = re.compile(r"pdfuaid:part\s*(?:=\s*[\"']|>)\s*(\d)")

_HEAD = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"
 xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"
 xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
"""
_TAIL = """</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>
"""
# PDF/A knows no property of PDF/UA, so a file that claims both has to explain the one.
_EXPLAINED = """<rdf:Description rdf:about="">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 that is met</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
"""


@dataclass(frozen=True, slots=True)
class Claims:
    """The standards a file says it meets: PDF/A part and level, PDF/UA part; empty for none."""

    archive: str = ""
    accessible: str = ""

    @staticmethod
    def all_of(claims: Iterable[Claims]) -> Claims:
        """What every one of them claims: a whole is no better than its parts."""
        found = set(claims)
        archive = {one.archive for one in found}
        accessible = {one.accessible for one in found}
        return Claims(
            archive.pop() if len(archive) == 1 else "",
            accessible.pop() if len(accessible) == 1 else "",
        )


def claims(pdf: pikepdf.Pdf) -> Claims:
    held = pdf.Root.get(pikepdf.Name.Metadata)
    if held is None:
        return Claims()
    text = held.read_bytes().decode("utf-8", "replace")
    part, level, accessible = (one.search(text) for one in (_PART, _LEVEL, _ACCESSIBLE))
    return Claims(
        f"{part[1]}{level[1] if level else ''}" if part else "",
        accessible[1] if accessible else "",
    )


def packet(
    *, title: str, author: str, subject: str, producer: str, day: str, claims: Claims
) -> bytes:
    """The metadata of a file, in one order. Empty ones are left out."""
    lines = []
    if claims.archive:
        lines.append(_about(f"<pdfaid:part>{claims.archive[0]}</pdfaid:part>"))
        if claims.archive[1:]:
            level = claims.archive[1:]
            lines.append(_about(f"<pdfaid:conformance>{level}</pdfaid:conformance>"))
    if claims.accessible:
        lines.append(_about(f"<pdfuaid:part>{claims.accessible}</pdfuaid:part>"))
        if claims.archive:
            lines.append(_EXPLAINED)
    lines.append(_about(f"<dc:title>{_alternative(title)}</dc:title>"))
    lines.append(
        _about(f"<dc:creator><rdf:Seq><rdf:li>{escape(author)}</rdf:li></rdf:Seq></dc:creator>")
    )
    if subject:
        lines.append(_about(f"<dc:description>{_alternative(subject)}</dc:description>"))
    if producer:
        lines.append(_about(f"<pdf:Producer>{escape(producer)}</pdf:Producer>"))
    if day:
        lines.append(_about(f"<xmp:CreateDate>{day}</xmp:CreateDate>"))
        lines.append(_about(f"<xmp:ModifyDate>{day}</xmp:ModifyDate>"))
    return (_HEAD + "".join(lines) + _TAIL).encode("utf-8")


def _about(inner: str) -> str:
    return f'<rdf:Description rdf:about="">{inner}</rdf:Description>\n'


def _alternative(text: str) -> str:
    return f'<rdf:Alt><rdf:li xml:lang="x-default">{escape(text)}</rdf:li></rdf:Alt>'
