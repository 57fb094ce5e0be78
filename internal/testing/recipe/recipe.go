// Package recipe reads the recipes of the documentation, so that tests run the
// text that people copy.
//
// A recipe is a section of README.md or of a page in docs. It consists of the
// fenced blocks whose info string names the recipe:
//
//	```sh recipe=pomerium-cognito
//	```sh recipe=pomerium-cognito background
//	```json recipe=cloudflare-access-cognito file=idp.json
//
// Blocks of sh run one after the other in one shell, in an empty directory. A
// block sees the variables that an earlier block exported. A background block
// starts a program that keeps running, such as a server. A block with file= is
// the content that the file must have. Other text, and fenced blocks without
// recipe=, are only for readers.
//
// A recipe starts with the variables that it needs from outside, as exports with
// defaults: export NAME="${NAME:-default}". A test sets the variables. A reader
// can use the defaults.
//
// A block works in an interactive bash and zsh: it has no comments, and "!" only
// between single quotes. A rule of package arch checks that.
package recipe

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Block is one fenced block of a recipe.
type Block struct {
	Recipe     string
	Lang       string // sh, yaml, json
	File       string // the name of the file that contains the text; empty if the block runs
	Background bool   // whether the block starts a program that keeps running
	Text       string // ends with a line break
	Place      string // file and line of the first line, such as README.md:12
}

// Load returns the blocks of a recipe in their order. It reads README.md in the
// module's root, and the pages in docs. All blocks of a recipe are on one page.
func Load(root, recipe string) ([]Block, error) {
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		return nil, err
	}
	for _, page := range append(pages, filepath.Join(root, "README.md")) {
		blocks, err := loadPage(page, recipe)
		if err != nil || len(blocks) > 0 {
			return blocks, err
		}
	}
	return nil, fmt.Errorf("README.md and the pages in docs have no block with recipe=%s", recipe)
}

// loadPage returns the blocks of a recipe on a page.
func loadPage(path, recipe string) ([]Block, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	blocks, err := Parse(path, data)
	return slices.DeleteFunc(blocks, func(b Block) bool { return b.Recipe != recipe }), err
}

// Parse returns the blocks of every recipe on a page.
func Parse(path string, page []byte) ([]Block, error) {
	var blocks []Block
	var open *Block // nil outside of blocks
	var fence string
	var marked bool
	lines := bufio.NewScanner(bytes.NewReader(page))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		switch {
		case open == nil && strings.HasPrefix(line, "```"):
			info := strings.TrimLeft(line, "`")
			fence = line[:len(line)-len(info)]
			b, err := parseInfo(info)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", path, n, err)
			}
			marked = b.Recipe != ""
			b.Place = fmt.Sprintf("%s:%d", path, n+1)
			open = &b
		case open != nil && strings.TrimRight(line, " ") == fence:
			if marked {
				blocks = append(blocks, *open)
			}
			open = nil
		case open != nil:
			open.Text += line + "\n"
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if open != nil {
		return nil, fmt.Errorf("%s: this block has no closing fence", open.Place)
	}
	return blocks, nil
}

// parseInfo reads the info string after the opening fence.
func parseInfo(info string) (Block, error) {
	words := strings.Fields(info)
	if len(words) == 0 {
		return Block{}, nil
	}
	b := Block{Lang: words[0]}
	for _, w := range words[1:] {
		switch key, value, _ := strings.Cut(w, "="); key {
		case "recipe":
			b.Recipe = value
		case "file":
			b.File = value
		case "background":
			b.Background = true
		default:
			return b, fmt.Errorf("unknown word %q; want recipe=, file= or background", w)
		}
	}
	switch {
	case len(words) == 1:
		return b, nil
	case b.Recipe == "":
		return b, fmt.Errorf("%q has no recipe=", info)
	case b.File != "" && (b.Background || b.File != filepath.Base(b.File)):
		return b, fmt.Errorf("%q: file= must name one file in the working directory, without background", info)
	case b.File == "" && b.Lang != "sh":
		return b, fmt.Errorf("%q: only sh blocks can run; other blocks need file=", info)
	}
	return b, nil
}

// Script returns the blocks as one shell script. The script stops at the first
// failure. Before each block it prints the place of the block. A program of a
// background block writes to background.log and keeps running after the script.
// It is in the process group of the script, so that the caller can stop it.
func Script(blocks []Block) string {
	var s strings.Builder
	s.WriteString("set -eu\n")
	for _, b := range blocks {
		if b.File != "" {
			continue
		}
		fmt.Fprintf(&s, "\necho '-- %s' >&2\n", b.Place)
		if b.Background {
			fmt.Fprintf(&s, "(\n%s) >>background.log 2>&1 &\n", b.Text)
			continue
		}
		s.WriteString(b.Text)
	}
	return s.String()
}
