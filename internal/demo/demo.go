// Package demo is an application to put behind the gateway: it shows the
// identity that the gateway sends. "gatehouse dev" runs it, and "gatehouse demo"
// runs it alone.
//
// It shows the method and the path of a request, its identity headers, and the
// claims of its assertion. With [App.Keys] it verifies the assertion first, as
// every application should: the plain headers prove only that the caller can
// reach the application.
//
// It answers every path, and serves no files. It never shows a credential: of
// an assertion it leaves out the signature, and of a header that may hold a
// token or a secret the value.
package demo

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"gatehouse/internal/base/page"
	"gatehouse/internal/base/web"
)

// App is the application. Safe for concurrent use.
type App struct {
	Name     string // the name on the page
	Keys     *Keys  // the gateway's public keys; nil: assertions are not verified
	Audience string // the audience that an assertion must have; empty: any
	SignOut  string // the link to sign out; empty: none
	Now      func() time.Time
}

// ServeHTTP shows the request as a page, or as JSON if the client prefers that.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	shown := request{method: r.Method, path: r.URL.Path, headers: identityHeaders(r.Header)}
	for _, name := range assertionHeaders {
		if text := r.Header.Get(name); text != "" {
			shown.assertions = append(shown.assertions, a.assertion(r.Context(), name, text))
		}
	}
	web.NoStore(w.Header())
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		writeJSON(w, shown)
		return
	}
	if err := page.Write(w, http.StatusOK, a.doc(shown)); err != nil {
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
	}
}

// request is what the page shows of a request.
type request struct {
	method, path string
	headers      []header
	assertions   []assertion
}

// trusted returns the claims that an application may believe: those of a
// verified assertion. nil: there is none.
func (r request) trusted() map[string]any {
	for _, as := range r.assertions {
		if as.state == verified {
			return as.claims
		}
	}
	return nil
}

func writeJSON(w http.ResponseWriter, r request) {
	headers := map[string]string{}
	for _, h := range r.headers {
		headers[h.name] = h.value
	}
	claims := r.trusted()
	out := map[string]any{"method": r.method, "path": r.path, "headers": headers, "claims": claims, "verified": claims != nil}
	for _, as := range r.assertions {
		if as.state == unchecked {
			out["claims"] = as.claims
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_ = json.NewEncoder(w).Encode(out) // the client has gone; there is nobody to tell
}

// doc is the page.
func (a *App) doc(r request) page.Doc {
	d := page.Doc{Title: a.Name, Layout: page.Wide, Brand: a.Name, Lead: lead(r)}
	if a.SignOut != "" {
		d.Nav = []page.Link{{Label: "Sign out", Href: a.SignOut}}
	}
	for _, as := range r.assertions {
		d.Body = append(d.Body, as.section())
	}
	d.Body = append(d.Body,
		page.Section{Heading: "Identity headers", Lead: "Any program that reaches this port can send such headers. Trust only a verified assertion.",
			Body: page.Blocks{page.KeyValues{Rows: headerRows(r.headers), Empty: "The request has none. In the gateway's configuration, pass_identity_headers: true sends them."}}},
		page.Section{Heading: "Request", Body: page.Blocks{page.KeyValues{Rows: []page.KeyValue{
			{Key: "Method", Value: r.method, Code: true}, {Key: "Path", Value: r.path, Code: true},
		}}}},
	)
	return d
}

// lead is the sentence at the top of the page.
func lead(r request) string {
	switch claims := r.trusted(); {
	case claims != nil && claims["email"] != nil:
		return fmt.Sprintf("Hello, %v. The gateway says who you are, and its signature has been checked.", claims["email"])
	case claims != nil:
		return "The gateway sent this request, and its signature has been checked. The assertion has no e-mail address."
	case len(r.assertions) == 0:
		return "This request has no assertion, so this application does not know who you are."
	}
	for _, as := range r.assertions {
		if as.state == unchecked {
			return "This request has an assertion. This application does not verify it."
		}
	}
	return "This request has no valid assertion."
}
