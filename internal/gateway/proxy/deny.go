package proxy

import (
	"net/http"
	"strings"

	"gatehouse/internal/base/page"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/session"
)

// deny says no: that it is the policy, why in words, who is signed in, and how
// to become somebody else.
func (c *compiled) deny(w http.ResponseWriter, r *http.Request, x *exchange, d policy.Decision) error {
	if x.cleaned.Path == "/robots.txt" {
		return robots(w, r) // Pomerium: search engines are told to stay away
	}
	why := d.Explain()
	if x.route.ShowErrorDetails {
		why = d.Detail()
	}
	who := ""
	if x.session != nil {
		who = shownAs(x.session)
	}
	id := web.RequestID(r.Context())
	web.NoStore(w.Header())
	w.Header().Set(headerIntercepted, "true")
	text := deniedText(who, why)
	switch formOf(r) {
	case formKubernetes:
		return writeJSON(w, http.StatusForbidden, kubernetesStatus(http.StatusForbidden, text))
	case formJSON:
		return writeJSON(w, http.StatusForbidden, map[string]any{"error": text, "user": who, "reasons": why, "request_id": id})
	case formPlain:
		writePlain(w, http.StatusForbidden, text, id)
		return nil
	case formGRPC:
		writeGRPC(w, http.StatusForbidden, text)
		return nil
	}
	denied := page.Denied{Host: x.host + x.cleaned.Path, Who: who, Why: why, RequestID: id}
	if who != "" {
		denied.SignOut, denied.Details = c.pagesOf(x.session)
	}
	return c.page(w, http.StatusForbidden, denied.Doc())
}

// pagesOf returns where a person signs out and sees their identity.
func (c *compiled) pagesOf(s *session.Session) (signOut, identity string) {
	if c.cfg.Hooks.Pages != nil {
		if signOut, identity = c.cfg.Hooks.Pages(s); signOut != "" {
			return signOut, identity
		}
	}
	return pathSignOut, "/.pomerium/"
}

// deniedText is the refusal in one line.
func deniedText(who string, why []string) string {
	text := "You do not have access to this application."
	if who != "" {
		text = "You are signed in as " + who + ", who does not have access to this application."
	}
	if len(why) > 0 {
		text += " " + strings.Join(why, " ")
	}
	return text
}
