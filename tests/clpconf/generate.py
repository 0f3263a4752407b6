#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes clp.conf files of random shape that hold together, for property.

generate.py DIR FROM TO: one file for each seed from FROM to TO - 1; the same everywhere.
They differ in encoding, line ends (some have one line only), quotes, order of sections,
places of types, spelling of empty elements, dependencies, waits and references.
"""
import os
import random
import sys

ENCODINGS = {"UTF-8": ("utf-8", "表ソ"), "EUC-JP": ("euc_jp", "表ソ"), "SJIS": ("cp932", "表ソ"),
             "GB2312": ("gb2312", "组集"), "ASCII": ("ascii", "abc")}
MONITORS = {"md": ["mdw"], "hd": ["hdw"], "fip": ["fipw"], "vcom": ["vcomw"], "sd": ["sdw"],
            "vm": ["vmw"], "exec": ["genw", "pidw", "mysqlw"]}
OBJECTS = ("mdw", "hdw", "sdw", "vmw")


class Conf:
    def __init__(self, seed):
        self.dice = random.Random(seed)
        choice = self.dice.choice
        self.encoding = choice(sorted(ENCODINGS))
        self.codec, self.word = ENCODINGS[self.encoding]
        self.quote = choice("\"'")
        self.indent, self.end = choice([("  ", "\n"), ("\t", "\n"), ("  ", "\r\n"), ("", "\n"),
                                        ("", ""), ("", " ")])
        self.out = []
        self.servers = self.dice.randint(1, 3)
        self.heartbeats = self.dice.randint(0, 2)
        self.groups = []
        number = 0
        for _ in range(self.dice.randint(1, 4)):
            resources = []
            for _ in range(self.dice.randint(0, 5)):
                kind = choice(sorted(MONITORS))
                if kind == "vcom" and not any(k == "fip" for k, _ in resources):
                    kind = "exec"
                resources.append((kind, f"{choice(['r', 'a-b', 'x_', 't.y'])}{number}"))
                number += 1
            self.groups.append(resources)
        self.resources = [(g, kind, name) for g, resources in enumerate(self.groups)
                          for kind, name in resources]
        self.monitors = [(choice(MONITORS[kind]), g, name) for g, kind, name in self.resources
                         if self.chance(0.7)]
        self.monitors += [("genw", g, None) for g in range(len(self.groups)) if self.chance(0.5)]
        self.monitors.append(("userw", None, None))

    def chance(self, share):
        return self.dice.random() < share

    def line(self, depth, text):
        """Writes a line; @ stands for the quote of this file."""
        self.out.append(self.indent * depth + text.replace("@", self.quote) + self.end)

    def some(self, *texts):
        return self.dice.choice(texts)

    def comment(self, depth):
        self.line(depth, self.some("<comment/>", "<comment />", "<comment> </comment>",
                                   f"<comment>{self.word}</comment>", f"<!-- {self.word} <x> -->"))

    def types(self, kinds):
        for kind in sorted(set(kinds)):
            self.line(2, f"<types name=@{kind}@/>")

    def depend(self, depth, name, child=""):
        self.line(depth, self.some(f"<depend name=@{name}@/>", f"<depend name=@{name}@ />",
                                   f"<depend name=@{name}@>{child}</depend>"))

    def cluster(self):
        self.line(1, "<cluster>")
        self.line(2, "<name>c</name>")
        self.comment(2)
        self.line(1, "</cluster>")

    def server(self):
        for i in range(self.servers):
            self.line(1, f"<server name=@s{i}@>")
            self.line(2, f"<priority>{i}</priority>")
            self.line(1, "</server>")

    def heartbeat(self):
        self.line(1, "<heartbeat>")
        self.types(["lankhb"] * self.heartbeats)
        for i in range(self.heartbeats):
            self.line(2, f"<lankhb name=@h{i}@/>")
        self.line(1, "</heartbeat>")

    def group(self):
        gids = list(range(len(self.groups)))
        self.dice.shuffle(gids)
        with_gids = self.chance(0.7)
        for g, resources in enumerate(self.groups):
            self.line(1, f"<group name=@g{g}@>")
            self.comment(2)
            for kind, name in resources:
                at = self.some("\0", "\0", "\0", "&#64;")  # "\0" becomes an at sign at last
                self.line(2, f"<resource name=@{kind}{at}{name}@/>")
            if with_gids:
                self.line(2, f"<gid>{gids[g]}</gid>")
            waits = [other for other in range(g) if self.chance(0.5)]
            if waits:
                self.line(2, "<depend>")
                for when in ("act", "deact"):
                    self.line(3, f"<{when}>")
                    for other in waits:
                        self.depend(4, f"g{other}", "<sameserver>1</sameserver>")
                    self.line(3, f"</{when}>")
                self.line(2, "</depend>")
            if self.chance(0.4):
                self.line(2, "<policy name=@s0@><order>0</order></policy>")
            self.line(1, "</group>")

    def resource(self):
        first = self.chance(0.5)
        self.line(1, "<resource>")
        if first:
            self.types(kind for _, kind, _ in self.resources)
        for g, kind, name in self.dice.sample(self.resources, len(self.resources)):
            self.line(2, f"<{kind} name=@{name}@>")
            if kind == "vcom":
                fips = [n for k, n in self.groups[g] if k == "fip"]
                self.line(3, f"<parameters><target>{self.some(*fips)}</target></parameters>")
            before = [n for _, n in self.groups[g]]
            needs = [n for n in before[:before.index(name)] if self.chance(0.4)]
            for needed in needs or ([""] if self.chance(0.2) else []):
                self.depend(3, needed)
            self.comment(3)
            self.line(2, f"</{kind}>")
        if not first:
            self.types(kind for _, kind, _ in self.resources)
        self.line(1, "</resource>")

    def monitor(self):
        self.line(1, "<monitor>")
        self.types(kind for kind, _, _ in self.monitors)
        for i, (kind, g, name) in enumerate(self.monitors):
            self.line(2, f"<{kind} name=@m{i}@>")
            relations = [("cls", "LocalServer")]
            if name is None or kind in OBJECTS:
                self.line(3, "<target/>")
            else:
                self.line(3, self.some(f"<target>{name}</target>", f"<target>\t{name} </target>"))
            if kind in OBJECTS:
                self.line(3, f"<parameters><object>{name}</object></parameters>")
            if name is not None:
                relations += [("rsc", name), ("rsc", self.some(*self.resources)[2])]
            if g is not None:
                relations.append(("grp", f"g{g}"))
            what, who = self.some(*relations)
            parts = [f"<type>{what}</type>", f"<name>{who}</name>"]
            self.dice.shuffle(parts)
            self.line(3, f"<relation>{''.join(parts)}</relation>")
            self.line(2, f"</{kind}>")
        self.line(1, "</monitor>")

    def tail(self):
        number = (4 + self.servers + len(self.groups) + len(self.resources) +
                  len(self.monitors) + self.heartbeats * self.servers)
        self.line(1, "<trekking><configid>5311010.5492761741466077</configid></trekking>")
        self.line(1, f"<webmgr><client><objectnumber>{number}</objectnumber></client></webmgr>")

    def text(self):
        self.line(0, f"<?xml version=@1.0@ encoding=@{self.encoding}@?>")
        self.line(0, "<root>")
        sections = [self.cluster, self.server, self.heartbeat, self.group, self.resource,
                    self.monitor, self.tail]
        self.dice.shuffle(sections)
        for section in sections:
            section()
        self.out.append("</root>")
        return "".join(self.out).replace("\0", "@").encode(self.codec)


def main(folder, first, last):
    os.makedirs(folder, exist_ok=True)
    for seed in range(int(first), int(last)):
        with open(os.path.join(folder, f"{seed:05}.conf"), "wb") as f:
            f.write(Conf(seed).text())


if __name__ == "__main__":
    main(*sys.argv[1:])
