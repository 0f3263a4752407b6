# SPDX-License-Identifier: Apache-2.0
"""clusterset.conf (libconfig) from Python values, and the credential files it names."""
import os


def _text(value, depth):
    pad = "    " * depth
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    if isinstance(value, dict):
        return "{\n" + dump(value, depth + 1) + pad + "}"
    if isinstance(value, (list, tuple)):
        if all(isinstance(x, dict) for x in value):
            if not value:
                return "( )"
            inner = ",\n".join("    " * (depth + 1) + _text(x, depth + 1) for x in value)
            return "(\n" + inner + "\n" + pad + ")"
        return "[ " + ", ".join(_text(x, depth) for x in value) + " ]"
    raise TypeError(f"{value!r} has no form in libconfig")


def dump(settings, depth=0):
    """A dict as libconfig text; None values are left out."""
    pad = "    " * depth
    return "".join(f"{pad}{key} = {_text(value, depth)};\n"
                   for key, value in settings.items() if value is not None)


def credentials_file(directory, name, user, password):
    path = os.path.join(directory, name)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w",
              encoding="utf-8") as f:
        f.write(f"user = {user}\npassword = {password}\n")
    return path
