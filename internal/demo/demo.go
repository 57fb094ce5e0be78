// Package demo is the application that development puts behind the gateway: a
// page that shows the identity it was given. It does what an application
// should: it takes the identity from the signed assertion alone, after
// checking it against the gateway's published keys, and shows the plain headers
// only for comparison.
package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"gatehouse/internal/base/page"
	"gatehouse/internal/base/web"
)

// App is the application.
type App struct {
	Name    string
	KeysURL string // the gateway's /.well-known/pomerium/jwks.json
	Client  *http.Client
	SignOut string // link to sign out
	Now     func() time.Time

	mu   sync.Mutex
	keys *jose.JSONWebKeySet
}

// assertionHeader carries the signed identity.
const assertionHeader = "X-Pomerium-Jwt-Assertion"

// ServeHTTP shows the identity.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	claims, err := a.identity(r.Context(), r.Header.Get(assertionHeader), web.Host(r))
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"claims": claims, "headers": identityHeaders(r.Header), "verified": err == nil})
		return
	}
	if err := page.Write(w, http.StatusOK, a.doc(claims, err, r)); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (a *App) doc(claims map[string]any, problem error, r *http.Request) page.Doc {
	d := page.Doc{Title: a.Name, Layout: page.Wide, Brand: a.Name, Nav: []page.Link{{Label: "Sign out", Href: a.SignOut}}}
	if problem != nil {
		d.Lead = "This request came without a valid assertion."
		d.Body = page.Blocks{page.Alert{Text: problem.Error()}}
		return d
	}
	d.Lead = fmt.Sprintf("Hello, %v. The gateway says who you are, and its signature has been checked.", claims["email"])
	d.Body = page.Blocks{
		page.Section{Heading: "Verified claims", Body: page.Blocks{page.KeyValues{Rows: claimRows(claims)}}},
		page.Section{Heading: "Identity headers", Body: page.Blocks{page.KeyValues{Rows: headerRows(r.Header)}}},
	}
	return d
}

func claimRows(claims map[string]any) []page.KeyValue {
	var rows []page.KeyValue
	for _, k := range slices.Sorted(maps.Keys(claims)) {
		text, ok := claims[k].(string)
		if !ok {
			b, _ := json.Marshal(claims[k]) // it came out of JSON
			text = string(b)
		}
		rows = append(rows, page.KeyValue{Key: k, Value: text, Code: true})
	}
	return rows
}

func headerRows(h http.Header) []page.KeyValue {
	shown := identityHeaders(h)
	var rows []page.KeyValue
	for _, k := range slices.Sorted(maps.Keys(shown)) {
		rows = append(rows, page.KeyValue{Key: k, Value: shown[k], Code: true})
	}
	return rows
}

func identityHeaders(h http.Header) map[string]string {
	shown := map[string]string{}
	for k, v := range h {
		if strings.HasPrefix(k, "X-Pomerium-") || strings.HasPrefix(k, "Cf-Access-") {
			shown[k] = strings.Join(v, ", ")
		}
	}
	return shown
}

// identity returns the claims of a valid assertion that was made for host.
func (a *App) identity(ctx context.Context, assertion, host string) (map[string]any, error) {
	if assertion == "" {
		return nil, fmt.Errorf("there is no header %s", assertionHeader)
	}
	token, err := jwt.ParseSigned(assertion, []jose.SignatureAlgorithm{jose.ES256, jose.RS256})
	if err != nil {
		return nil, fmt.Errorf("parse the assertion: %w", err)
	}
	keys, err := a.keySet(ctx, token.Headers[0].KeyID)
	if err != nil {
		return nil, err
	}
	var standard jwt.Claims
	claims := map[string]any{}
	if err := token.Claims(keys, &standard, &claims); err != nil {
		return nil, fmt.Errorf("check the assertion: %w", err)
	}
	err = standard.ValidateWithLeeway(jwt.Expected{AnyAudience: jwt.Audience{host}, Time: a.Now()}, 10*time.Second)
	if err != nil {
		return nil, fmt.Errorf("check the assertion: %w", err)
	}
	return claims, nil
}

// keySet returns the published keys, and asks again for one that is not there.
func (a *App) keySet(ctx context.Context, kid string) (*jose.JSONWebKeySet, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.keys != nil && len(a.keys.Key(kid)) > 0 {
		return a.keys, nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.KeysURL, nil)
	if err != nil {
		return nil, err
	}
	resp, err := a.Client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("fetch the gateway's keys: %w", err)
	}
	defer resp.Body.Close()
	var keys jose.JSONWebKeySet
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&keys); err != nil {
		return nil, fmt.Errorf("read the gateway's keys: %w", err)
	}
	a.keys = &keys
	return a.keys, nil
}
