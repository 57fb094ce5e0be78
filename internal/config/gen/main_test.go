package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
)

func TestThePageIsUpToDate(t *testing.T) {
	want, err := generate("..")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("docs/configuration.md differs from what its source says; run go generate ./internal/config (-want +got):\n%s", diff)
	}
}

func TestEverySectionHasATitleAndEveryTypeAName(t *testing.T) {
	all, err := readSource("..")
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range all {
		for _, f := range s.fields {
			inner := f.typ
			if len(inner) > 2 && inner[:2] == "[]" {
				inner = inner[2:]
			}
			if all[inner] == nil && kinds[f.typ] == "" && !f.embedded {
				t.Errorf("%s.%s: no word for the type %s", name, f.key, f.typ)
			}
			if all[inner] != nil && titles[inner] == "" {
				t.Errorf("%s.%s: no title for %s", name, f.key, inner)
			}
		}
	}
}

// The example on the page has no faults, except that its files do not exist here.
func TestTheExampleIsRight(t *testing.T) {
	_, rest, _ := strings.Cut(head, "```yaml\n")
	example, _, found := strings.Cut(rest, "```\n")
	if !found {
		t.Fatal("the page has no example")
	}
	_, err := config.Load(settings.Source{Path: "config.yaml", Data: []byte(example)})
	for _, f := range settings.FaultsOf(err) {
		if f.Expected != "a file that can be read" {
			t.Errorf("got the fault %v, want none", f)
		}
	}
}
