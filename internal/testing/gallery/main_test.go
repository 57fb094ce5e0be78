package main

import (
	"bytes"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestEveryPageIsShown(t *testing.T) {
	h := handler(rooms())
	get := func(path string) int {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
		return rec.Code
	}
	if got := get("/"); got != http.StatusOK {
		t.Errorf("GET / = %d, want 200", got)
	}
	for _, r := range rooms() {
		for _, s := range r.samples {
			path := "/" + r.name + "/" + s.Name
			if got, want := get(path), max(s.Status, http.StatusOK); got != want {
				t.Errorf("GET %s = %d, want %d", path, got, want)
			}
		}
	}
}

// Every package that declares a Gallery is in rooms.
func TestEveryPackageWithPagesIsShown(t *testing.T) {
	var shown []string
	for _, r := range rooms() {
		shown = append(shown, r.name)
	}
	declared := packagesWithGallery(t)
	slices.Sort(shown)
	slices.Sort(declared)
	if !slices.Equal(shown, declared) {
		t.Errorf("rooms lists %v, want the packages that declare a Gallery: %v", shown, declared)
	}
}

func packagesWithGallery(t *testing.T) (names []string) {
	t.Helper()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		text, err := os.ReadFile(path)
		if !bytes.Contains(text, []byte("\nfunc Gallery() []")) {
			return err
		}
		name, err := filepath.Rel(root, filepath.Dir(path))
		names = append(names, filepath.ToSlash(name))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
