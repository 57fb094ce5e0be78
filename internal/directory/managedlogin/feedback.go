package managedlogin

import (
	"log/slog"
	"net/http"
	"net/url"

	"gatehouse/internal/base/page"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/ratelimit"
	"gatehouse/internal/directory/risk"
)

// feedbackPath is where the links in the message about a sign-in lead. The query has
// the parameters below.
const (
	feedbackPath  = "/feedback"
	paramEvent    = "event_id"
	paramFeedback = "feedback_token"
	paramValue    = "value"
)

// The values of paramValue.
const (
	valueValid   = "valid"
	valueInvalid = "invalid"
)

// FeedbackURL returns the address at which a user says whether a sign-in was right.
// base is the address of the pool's pages.
func FeedbackURL(base string, l risk.FeedbackLink) string {
	value := valueInvalid
	if l.Valid {
		value = valueValid
	}
	q := url.Values{paramUsername: {l.Username}, paramEvent: {l.Event}, paramFeedback: {l.Token.Reveal()}, paramValue: {value}}
	return base + feedbackPath + "?" + q.Encode()
}

// Feedback is the page to which the links in the message about a sign-in lead. The
// button answers, not the link itself: programs that look for harmful links open
// all of a message.
type Feedback struct {
	Frame
	Valid   bool   // the link says that it was the user
	Problem string // why the link does not work; empty: it may
}

// Doc returns the page.
func (p Feedback) Doc() page.Doc {
	d := p.doc("Was it you who signed in?", problem(p.Problem))
	d.Leaves = false
	if p.Problem != "" {
		d.Lead = "If it was not you, change your password."
		return d
	}
	d.Lead = "The message that led you here says when and where somebody signed in."
	label := "No, it was not me"
	if p.Valid {
		label = "Yes, it was me"
	}
	d.Body = append(d.Body, p.form("", feedbackPath, nil, page.Button{Label: label, Kind: page.Primary}))
	return d
}

// FeedbackTaken is the page after the link's button.
type FeedbackTaken struct {
	Frame
	Valid bool
}

// Doc returns the page.
func (p FeedbackTaken) Doc() page.Doc {
	d := p.doc("Thank you")
	d.Lead, d.Leaves = "Somebody else knows your password. Change it now, and close this page.", false
	if p.Valid {
		d.Lead = "You can close this page."
	}
	return d
}

// feedback answers the link and its button.
func (s *Server) feedback(w http.ResponseWriter, r *http.Request) error {
	return s.byLink(w, r, ratelimit.UserResourceUpdate, func(v *visit) error {
		return v.show(Feedback{Frame: v.frame, Valid: v.saysValid(), Problem: v.cut(paramUsername, paramEvent, paramFeedback, paramValue)})
	}, s.takeFeedback)
}

func (v *visit) saysValid() bool { return v.r.URL.Query().Get(paramValue) == valueValid }

func (s *Server) takeFeedback(v *visit) error {
	q := v.r.URL.Query()
	err := s.Risks.Answer(v.r.Context(), v.pool, risk.FeedbackLink{
		Username: q.Get(paramUsername), Event: q.Get(paramEvent), Token: seal.Secret(q.Get(paramFeedback)), Valid: v.saysValid(),
	})
	if err != nil {
		return v.again(err, func(string) error {
			return v.show(Feedback{Frame: v.frame, Problem: "This link does not work any more."})
		})
	}
	web.Note(v.r.Context(), slog.String("outcome", "feedback"))
	return v.show(FeedbackTaken{Frame: v.frame, Valid: v.saysValid()})
}
