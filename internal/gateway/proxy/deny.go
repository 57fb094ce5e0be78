package proxy

import (
	"net/http"
	"net/url"
	"strings"

	"gatehouse/internal/base/page"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/session"
)

// deny answers a person whom the policy refuses. The page says why in words,
// who is signed in, and how to use another account.
func (c *chain) deny(w http.ResponseWriter, r *http.Request, x *exchange, d policy.Decision) error {
	if x.cleaned.Path == "/robots.txt" && x.asked == nil {
		return robots(w, r) // Pomerium: search engines are told to stay away
	}
	why := d.Explain()
	if x.route.ShowErrorDetails {
		why = d.Detail()
	}
	guidance := x.route.guidance(d)
	who := ""
	if x.session != nil {
		who = shownAs(x.session)
	}
	id, status := web.RequestID(r.Context()), deniedStatus(d)
	web.NoStore(w.Header())
	intercepted(w)
	text := deniedText(who, why, guidance)
	answer := formOf
	if x.session != nil && x.session.Proof != nil {
		answer = formForProgram
	}
	switch answer(r) {
	case formKubernetes:
		return writeJSON(w, status, kubernetesStatus(status, text))
	case formJSON:
		return writeJSON(w, status, refusal{text, who, why, d.Reasons().Strings(), guidance, id})
	case formPlain:
		writePlain(w, status, text, id)
		return nil
	case formGRPC:
		web.RefuseGRPC(w, r, http.StatusForbidden, text)
		return nil
	}
	denied := c.deniedPage(r, x, d, who, why)
	denied.Said = paragraphsOf(guidance)
	return c.answers.page(w, status, denied.Doc())
}

// refusal is a refusal for a program.
type refusal struct {
	Error     string            `json:"error"`
	User      string            `json:"user"`
	Reasons   []string          `json:"reasons"`
	Codes     []string          `json:"codes"`
	Guidance  []policy.Guidance `json:"guidance,omitempty"`
	RequestID string            `json:"request_id"`
}

// deniedStatus returns the status of a refusal.
func deniedStatus(d policy.Decision) int {
	if d.Reasons().Has(policy.ReasonDeviceUnauthorized) {
		return statusDevice
	}
	return http.StatusForbidden
}

func (c *chain) deniedPage(r *http.Request, x *exchange, d policy.Decision, who string, why []string) page.Denied {
	denied := page.Denied{Host: x.host + x.cleaned.Path, Who: who, Why: why, Names: d.Reasons().Strings(), RequestID: web.RequestID(r.Context())}
	if x.session != nil && x.session.Proof == nil {
		denied.AnotherAccount = c.pagesFor(r, x.session).AnotherAccount
		denied.Details = pathIdentity
		if !c.pomerium.noPortal {
			denied.Applications = pathRoutes
		}
	}
	return denied
}

// pagesFor returns the pages of the front that made a session.
func (c *chain) pagesFor(r *http.Request, s *session.Session) authenticate.Pages {
	wanted := "/"
	if r.Method == http.MethodGet {
		u := authenticate.ComesBackTo(&url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: withoutCredential(r.URL.RawQuery)})
		wanted = u.RequestURI()
	}
	if c.front != nil {
		if pages, ok := c.front.Pages(s, wanted); ok {
			return pages
		}
	}
	return pomeriumPages(wanted)
}

// deniedText returns the refusal in one line.
func deniedText(who string, why []string, guidance []policy.Guidance) string {
	text := "You do not have access to this application."
	if who != "" {
		text = "You are signed in as " + who + ", who does not have access to this application."
	}
	if len(why) > 0 {
		text += " Why: " + strings.Join(why, " / ")
	}
	for _, g := range guidance {
		text += " " + g.Text()
	}
	return text
}
