"""What recomputations of checkouts share: a function taken out of a file by its name, with nothing around it."""

import ast
import os
import textwrap


class Checkout:
    """The folder that an environment variable names."""

    def __init__(self, variable):
        self.root = os.environ.get(variable, "")
        if not os.path.isdir(self.root):
            raise SystemExit("set %s to the folder of the checkout" % variable)

    def text(self, file):
        with open(os.path.join(self.root, file), encoding="utf8") as opened:
            return opened.read()

    def made(self, file, name, given):
        """The function or class of that name, run alone with the given names."""
        text = self.text(file)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == name:
                node.decorator_list = []
                known = dict(given)
                exec(textwrap.dedent(ast.unparse(node)), known)
                return known[name]
        raise SystemExit("%s has no %s" % (file, name))

    def line(self, file, name, words):
        """Where these words stand in the function or class: file, number and text."""
        text = self.text(file)
        lines = text.splitlines()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == name:
                for number in range(node.lineno, (node.end_lineno or node.lineno) + 1):
                    if words in lines[number - 1]:
                        return "%s:%d  %s" % (file, number, lines[number - 1].strip())
        return file
