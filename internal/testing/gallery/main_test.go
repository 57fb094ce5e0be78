package main

import (
	"net/http"
	"net/http/httptest"
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
