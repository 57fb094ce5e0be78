package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestThePageIsUpToDate(t *testing.T) {
	want, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../docs/compatibility.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("docs/compatibility.md differs from what its source says; run go generate ./internal/compatibility (-want +got):\n%s", diff)
	}
}

func TestEveryOperationIsOnThePage(t *testing.T) {
	f := gather()
	if got := len(f.Offered) + len(f.NotOffered); got != f.Total || f.Total != 140 {
		t.Errorf("the page has %d of %d operations, want all 140", got, f.Total)
	}
	for _, name := range []string{"CreateUserPool", "InitiateAuth", "AdminCreateUser", "RevokeToken"} {
		if !slices.Contains(f.Offered, name) {
			t.Errorf("%s is not among the offered: %v", name, f.Offered)
		}
	}
	for _, u := range f.Unoffered {
		if len(u.Members) == 0 {
			t.Errorf("%v refuse nothing", u.Operations)
		}
	}
	page, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"`CreateUserPool`", "LambdaConfig", "`downstream_mtls`"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page does not name %s", want)
		}
	}
}
