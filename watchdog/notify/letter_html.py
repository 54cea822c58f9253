"""The HTML of an e-mail: tables and inline styles, since mail programs know little else.

Nothing in it is fetched, and nothing runs. Colours come from a style sheet, too, for programs that
tell light from dark; those that do not show the light ones.
"""

from html import escape

from watchdog.core.message import Message, Severity
from watchdog.notify.tidy import MARKS, code_spans, places, timestamp

NAME_WHOLE_CHARS = 20
_BARS = {
    Severity.CRITICAL: "#c62828",
    Severity.WARNING: "#b45309",
    Severity.INFO: "#1d4ed8",
    Severity.RIGHT: "#15803d",
}
_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_MONO = "font-family:ui-monospace,Menlo,Consolas,'Liberation Mono',monospace"
_STYLE = """
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .page { background: #14161a !important; }
  .card { background: #1e2127 !important; border-top-color: #3a3f48 !important;
    border-right-color: #3a3f48 !important; border-bottom-color: #3a3f48 !important; }
  .text { color: #e6e8eb !important; }
  .dim { color: #a3abb6 !important; }
  .line { border-color: #33373f !important; }
  .code { background: #2b2f37 !important; color: #e6e8eb !important; }
  .link { color: #8ab4f8 !important; }
}
"""


def html(message: Message) -> str:
    """Write a tidied message as a whole HTML document."""
    bar = _BARS[message.severity]
    rows = [_line(_headline(message))]
    rows += [_line(_facts(message))] if message.facts else []
    rows += [_line(_advice(message))] if message.advice else []
    rows += [_line(_links(message))] if places(message) else []
    rows += [_line(_footer(message))]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(message.title)}</title><style>{_STYLE}</style></head>\n"
        f'<body class="page" style="margin:0;padding:16px;background:#f3f4f6;{_FONT}">\n'
        '<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" '
        'style="max-width:680px;margin:0 auto;background:#ffffff;border:1px solid #d9dce1;'
        f'border-left:6px solid {bar}">\n{"".join(rows)}</table>\n</body></html>\n'
    )


def _line(content: str) -> str:
    return f'<tr><td style="padding:10px 20px">{content}</td></tr>\n'


def _headline(message: Message) -> str:
    # The mark's word without its square, which not every machine has a picture for.
    word = MARKS[message.severity].partition(" ")[2]
    pill = f"{_PILL};background:{_BARS[message.severity]}"
    stage = f' <span class="dim" style="{_SMALL}">{message.stage}</span>' if message.stage else ""
    mark = f'<div><span style="{pill}">{escape(word)}</span>{stage}</div>'
    style = f"margin:6px 0 0;font-size:18px;line-height:1.35;{_WRAP};{_TEXT}"
    return f'{mark}<h1 class="text" style="{style}">{escape(message.title)}</h1>'


def _facts(message: Message) -> str:
    rows = "".join(
        f'<tr><th class="dim line" scope="row" style="{_NAME};{_whole(name)}">{escape(name)}</th>'
        f'<td class="text line" style="{_VALUE}">{escape(text)}</td></tr>'
        for name, text in message.facts
    )
    return f'<table width="100%" cellpadding="0" cellspacing="0">{rows}</table>'


def _whole(name: str) -> str:
    """Keep a short name on one line."""
    return "white-space:nowrap" if len(name) <= NAME_WHOLE_CHARS else _WRAP


def _advice(message: Message) -> str:
    items = "".join(f'<li style="margin:4px 0">{_with_code(line)}</li>' for line in message.advice)
    style = f"margin:0;padding-left:20px;font-size:14px;line-height:1.5;{_WRAP};{_TEXT}"
    return f'<ol class="text" style="{style}">{items}</ol>'


def _with_code(line: str) -> str:
    style = f"background:#eceef1;padding:1px 4px;font-size:13px;{_MONO};{_TEXT}"
    return "".join(
        f'<code class="code" style="{style}">{escape(text)}</code>' if is_code else escape(text)
        for is_code, text in code_spans(line)
    )


def _links(message: Message) -> str:
    return " &nbsp; ".join(
        f'<a class="link" href="{escape(url)}" style="color:#1a56db;font-size:14px">'
        f"{escape(name)}</a>"
        for name, url in places(message)
    )


def _footer(message: Message) -> str:
    text = f"{message.subject} · {message.kind} · {timestamp(message.at)}"
    return f'<div class="dim" style="{_SMALL};{_WRAP}">{escape(text)}</div>'


_TEXT = "color:#1b1f24"
_DIM = "color:#57606a"
_WRAP = "overflow-wrap:anywhere"
_PILL = "padding:2px 8px;border-radius:3px;font-size:12px;font-weight:600;color:#ffffff"
_SMALL = f"font-size:13px;{_DIM}"
_CELL = "padding:6px 0;font-size:14px;line-height:1.45;border-top:1px solid #e5e7eb"
_NAME = f"{_CELL};padding-right:16px;text-align:left;vertical-align:top;font-weight:600;{_DIM}"
_VALUE = f"{_CELL};width:100%;vertical-align:top;{_WRAP};{_TEXT}"
