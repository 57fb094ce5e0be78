package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"gatehouse/internal/base/web"
)

func TestWithFallback(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /a/{id}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "a "+r.PathValue("id")) })
	mux.HandleFunc("PUT /a/{id}", func(w http.ResponseWriter, r *http.Request) {})
	mux.HandleFunc("/tree/", func(w http.ResponseWriter, r *http.Request) { http.Error(w, "the handler's own", http.StatusNotFound) })
	h := web.WithFallback(mux, func(w http.ResponseWriter, r *http.Request, status int) {
		w.WriteHeader(status)
		fmt.Fprint(w, "rendered")
	})
	tests := []struct {
		method, path string
		status       int
		body, allow  string
	}{
		{"GET", "/a/1", 200, "a 1", ""},
		{"HEAD", "/a/1", 200, "a 1", ""},
		{"POST", "/a/1", 405, "rendered", "GET, HEAD, PUT"},
		{"GET", "/b", 404, "rendered", ""},
		{"GET", "/", 404, "rendered", ""},
		{"DELETE", "/a", 404, "rendered", ""},
		{"GET", "/tree/x", 404, "the handler's own\n", ""},
		// For these paths, a mux alone would redirect to an address that it
		// answers with 404.
		{"GET", "//b", 404, "rendered", ""},
		{"GET", "/x/../b", 404, "rendered", ""},
		{"GET", "//", 404, "rendered", ""},
		{"GET", "//b//", 404, "rendered", ""},
		{"GET", "//a//1/", 404, "rendered", ""},
		{"POST", "/x/../a/1", 405, "rendered", "GET, HEAD, PUT"},
	}
	for _, tt := range tests {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(tt.method, "/", nil)
		r.URL.Path, r.RequestURI = tt.path, tt.path
		h.ServeHTTP(w, r)
		if w.Code != tt.status || w.Body.String() != tt.body || w.Header().Get("Allow") != tt.allow {
			t.Errorf("%s %s: got %d %q, Allow %q; want %d %q, Allow %q", tt.method, tt.path, w.Code, w.Body, w.Header().Get("Allow"), tt.status, tt.body, tt.allow)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/x/../a/1", nil))
	if w.Code/100 != 3 || w.Header().Get("Location") != "/a/1" {
		t.Errorf("a path that is not clean: got %d to %q, want a redirect to /a/1", w.Code, w.Header().Get("Location"))
	}
}

func TestWantsPage(t *testing.T) {
	for accept, want := range map[string]bool{
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": true,
		"application/json": false, "*/*": false, "": false,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept", accept)
		if got := web.WantsPage(r); got != want {
			t.Errorf("WantsPage with Accept %q = %v, want %v", accept, got, want)
		}
	}
}
