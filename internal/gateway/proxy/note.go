package proxy

import (
	"log/slog"
	"net/http"
	"strings"

	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/policy"
)

// note adds to the request's log line who sent it and what was decided. If the
// person may not pass, it says in words what the rules ask: the page does not.
func note(r *http.Request, x *exchange, d policy.Decision) {
	attrs := [9]slog.Attr{
		slog.String("route", x.route.label), slog.String("decision", d.Outcome.String()), slog.String("rule", d.Rule),
		why("allow-why-true", "allow-why-false", d.Allow), why("deny-why-true", "deny-why-false", d.Deny),
	}
	n := 5
	if s := x.session; s != nil {
		n += copy(attrs[n:], []slog.Attr{slog.String("user", s.Identity.UserID), s.Identity.EmailAttr(), slog.String("session", string(s.ID))})
	}
	if cert := x.question.Certificate; cert != nil {
		attrs[n] = slog.String("client-certificate", fingerprint(cert))
		n++
	}
	web.Note(r.Context(), attrs[:n]...)
	if d.Outcome == policy.Deny {
		web.Note(r.Context(), because(d))
	}
}

// because says what the rules ask of somebody who may not pass.
func because(d policy.Decision) slog.Attr {
	return slog.String("because", strings.Join(d.Detail(), "; "))
}

// why returns the reasons of one side of a decision, under Pomerium's names. It
// is empty if there are none, and the log leaves an empty attribute out.
func why(whyTrue, whyFalse string, v policy.Verdict) slog.Attr {
	key := whyFalse
	if v.Value {
		key = whyTrue
	}
	switch only := v.Reasons.Only(); {
	case v.Reasons == 0:
		return slog.Attr{}
	case only != "":
		return slog.String(key, only)
	}
	return slog.Any(key, reasons(v.Reasons))
}

// reasons become text only if the log line is written.
type reasons policy.Reasons

// LogValue implements slog.LogValuer.
func (r reasons) LogValue() slog.Value {
	return slog.StringValue(strings.Join(policy.Reasons(r).Strings(), ","))
}
