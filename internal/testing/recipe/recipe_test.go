package recipe

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sample = "# Title\n\n```sh recipe=one\nexport A=1\n```\n\nText.\n\n```sh\nnot this\n```\n" +
	"````yaml recipe=one file=config.yaml\na: \"```\"\n````\n```sh recipe=one background\nserve &\n```\n"

func TestParse(t *testing.T) {
	got, err := Parse("p.md", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	want := []Block{
		{Recipe: "one", Lang: "sh", Text: "export A=1\n", Place: "p.md:4"},
		{Recipe: "one", Lang: "yaml", File: "config.yaml", Text: "a: \"```\"\n", Place: "p.md:13"},
		{Recipe: "one", Lang: "sh", Background: true, Text: "serve &\n", Place: "p.md:16"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Parse (-want +got):\n%s", diff)
	}
	script := "set -eu\n\necho '-- p.md:4' >&2\nexport A=1\n\necho '-- p.md:16' >&2\n(\nserve &\n) >>background.log 2>&1 &\n"
	if got, want := Script(got), script; got != want {
		t.Errorf("Script = %q, want %q", got, want)
	}
}

func TestParseRefusesWrongPages(t *testing.T) {
	tests := map[string]string{
		"```sh recipe=one\nnever ends\n":          "p.md:2",
		"```sh recipe=one wait\n```\n":            `"wait"`,
		"```sh background\n```\n":                 "no recipe=",
		"```sh recipe=one file=../up\n```\n":      "one file",
		"```yaml recipe=one\n```\n":               "need file=",
		"```sh recipe=one file=a background\n```": "one file",
	}
	for page, want := range tests {
		if _, err := Parse("p.md", []byte(page)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q) = %v, want an error that contains %q", page, err, want)
		}
	}
}

func TestLoadOfAnUnknownRecipe(t *testing.T) {
	if _, err := Load("../../..", "none"); err == nil || !strings.Contains(err.Error(), "recipe=none") {
		t.Errorf("Load: %v, want an error that names the recipe", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Fuzz(func(t *testing.T, page []byte) {
		blocks, err := Parse("p.md", page)
		if err != nil {
			return
		}
		for _, b := range blocks {
			if b.Recipe == "" || b.Lang == "" || b.File != "" && b.File != filepath.Base(b.File) {
				t.Errorf("Parse accepted the wrong block %+v", b)
			}
		}
	})
}

// The shell can parse every block of every recipe.
func TestRecipesAreValidShell(t *testing.T) {
	for _, name := range []string{"pomerium-cognito", "cloudflare-access-cognito", "production"} {
		blocks, err := Load("../../..", name)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, b := range blocks {
			if b.File != "" {
				continue
			}
			cmd := exec.Command("sh", "-n")
			cmd.Stdin = strings.NewReader(b.Text)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v: %s", b.Place, err, out)
			}
		}
	}
}
