package page_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/internal/base/page"
	"gatehouse/internal/base/page/pagetest"
)

func TestGolden(t *testing.T) { pagetest.Golden(t, page.Gallery()) }

func render(t *testing.T, d page.Doc) string {
	t.Helper()
	b, err := page.Render(d)
	if err != nil {
		t.Fatalf("Render: %v", err)
	}
	return string(b)
}

// Every text on a page may come from a user, so Render must escape it.
func TestRenderEscapes(t *testing.T) {
	const evil = `"><script>alert(1)</script>`
	const evilURL = `javascript:alert(1)`
	d := page.Doc{
		Title: evil, Heading: evil, Lead: evil, Brand: evil, Lang: evil, Home: evilURL, Layout: page.Wide,
		Nav: []page.Link{{Label: evil, Href: evilURL}}, Foot: []page.Link{{Label: evil, Href: evilURL}},
		Account: &page.Account{Name: evil, SignOut: evilURL, CSRF: evil},
		Body: page.Blocks{
			page.Text(evil), page.Muted(evil), page.List{evil}, page.Code{Label: evil, Text: evil},
			page.Alert{ID: evil, Title: evil, Text: evil}, page.Links{{Title: evil, Href: evilURL, Text: evil, Code: evil}},
			page.KeyValues{Caption: evil, Rows: []page.KeyValue{{Key: evil, Value: evil, Href: evilURL}}},
			page.Table{Caption: evil, Head: []string{evil}, Next: evilURL, Rows: [][]page.Cell{{{Text: evil, Href: evilURL}}}},
			page.Form{Name: evil, Action: evilURL, Hidden: []page.Hidden{{evil, evil}}, Body: page.Blocks{
				page.Field{Name: evil, Label: evil, Value: evil, Hint: evil, Error: evil, Rules: []string{evil}},
				page.Field{Name: "b", Label: evil, Value: evil, Rows: 2},
				page.Button{Label: evil, Name: evil, Value: evil},
			}},
		},
	}
	got := render(t, d)
	for _, bad := range []string{"<script", `href="javascript`, `action="javascript`} {
		if strings.Contains(got, bad) {
			t.Errorf("the page contains the unescaped text %q:\n%s", bad, got)
		}
	}
}

func TestPolicy(t *testing.T) {
	tests := []struct {
		name    string
		doc     page.Doc
		want    []string
		without []string
	}{
		{"plain", page.Doc{Title: "x"},
			[]string{"default-src 'none'", "style-src 'sha256-", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"},
			[]string{"script-src", "unsafe"}},
		{"leaves", page.Doc{Title: "x", Leaves: true}, []string{"frame-ancestors 'none'"}, []string{"form-action"}},
		{"script", page.Doc{Title: "x", Script: "1"}, []string{"script-src 'sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s='", "connect-src 'self'"}, []string{"unsafe"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := page.Policy(tt.doc)
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("Policy = %q, want %q in it", got, want)
				}
			}
			for _, bad := range tt.without {
				if strings.Contains(got, bad) {
					t.Errorf("Policy = %q, want no %q", got, bad)
				}
			}
		})
	}
}

func TestWrite(t *testing.T) {
	rec := httptest.NewRecorder()
	if err := page.Write(rec, http.StatusForbidden, page.Denied{Host: "a.example.com"}.Doc()); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "X-Frame-Options": "DENY",
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
	}
	for name, value := range want {
		if got := rec.Header().Get(name); got != value {
			t.Errorf("%s = %q, want %q", name, got, value)
		}
	}
	if rec.Code != http.StatusForbidden {
		t.Errorf("status = %d, want 403", rec.Code)
	}
}

func BenchmarkRender(b *testing.B) {
	d := page.Gallery()[1].Doc
	b.ReportAllocs()
	for b.Loop() {
		if _, err := page.Render(d); err != nil {
			b.Fatal(err)
		}
	}
}
