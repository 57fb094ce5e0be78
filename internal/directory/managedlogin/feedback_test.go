package managedlogin_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// noticed is a world whose pool tells alice of a sign-in from a new device, with the
// links of the message.
func noticed(t *testing.T, do string) (w *world, valid, invalid string) {
	w = newWorld(t, func(s *userpool.Settings, _ *userpool.ClientSettings) { s.Threats.Mode = userpool.ThreatsEnforced })
	a := &risk.Action{Do: do, Notify: true}
	notice := &risk.Notice{SourceARN: "arn:aws:ses:us-east-1:000000000000:identity/team@example.com"}
	_, err := w.Risks.Configure(t.Context(), w.Pool, "", risk.Settings{Takeover: &risk.Takeover{Low: a, Medium: a, High: a, Notice: notice}})
	must(t, err)
	w.user(alice, good)
	b := w.browser()
	b.get("/login"+w.query()).submit("username", alice, "password", good).wantCode()
	w.Advance(time.Hour)
	other := w.browser()
	form := other.get("/login" + w.query()).form()
	form.Set("username", alice)
	form.Set("password", good)
	page := other.post("/login"+w.query(), form, "User-Agent", otherBrowser)
	if do == risk.Block {
		page.wantPage(200, "Unable to login because of security reasons.")
	} else {
		page.wantCode()
	}
	sent := w.Outbox.Sent()
	if len(sent) == 0 {
		t.Fatal("no notice was sent")
	}
	var links []string
	for _, m := range href.FindAllStringSubmatch(sent[len(sent)-1].Body.Reveal(), -1) {
		links = append(links, strings.TrimPrefix(strings.ReplaceAll(m[1], "&amp;", "&"), enginetest.BaseURL))
	}
	return w, links[0], links[1]
}

const otherBrowser = "Mozilla/5.0 (Windows NT 10.0) Chrome/126.0 Safari/537.36"

func (w *world) feedback() *risk.Feedback {
	w.t.Helper()
	list, _, err := w.Risks.Events(w.t.Context(), w.Pool, w.MustFind(alice), "", 1)
	must(w.t, err)
	return list[0].Feedback
}

func TestAUserSaysWhoSignedIn(t *testing.T) {
	for _, do := range []string{risk.NoAction, risk.Block} {
		w, valid, invalid := noticed(t, do)
		page := w.browser().get(origin+invalid).wantPage(200, "Was it you who signed in?", "No, it was not me")
		if f := w.feedback(); f != nil {
			t.Errorf("whatever opens links has answered: %+v", f)
		}
		page.submit().wantPage(200, "Thank you", "Change it now")
		if f := w.feedback(); f == nil || f.Valid || f.By != risk.ByUser {
			t.Errorf("feedback %+v, want invalid", f)
		}
		w.browser().get(origin+valid).wantPage(200, "Yes, it was me").submit().wantPage(200, "Thank you").wantNot("Change it now")
		if f := w.feedback(); f == nil || !f.Valid {
			t.Errorf("feedback %+v, want valid", f)
		}
	}
}

func TestFeedbackThatIsNotTaken(t *testing.T) {
	w, valid, _ := noticed(t, risk.NoAction)
	over := "This link does not work any more."
	for what, address := range map[string]string{
		"another user":   strings.Replace(valid, "user_name=", "user_name=bob", 1),
		"another event":  strings.Replace(valid, "event_id=", "event_id=0", 1),
		"another token":  strings.Replace(valid, "feedback_token=", "feedback_token=A", 1),
		"without values": "/feedback",
	} {
		b := w.browser()
		b.post(origin+address, b.get(origin+valid).form()).wantPage(200, over)
		if f := w.feedback(); f != nil {
			t.Errorf("%s: feedback %+v", what, f)
		}
	}
	w.Advance(8 * 24 * time.Hour)
	w.browser().get(origin+valid).submit().wantPage(200, over)
	if f := w.feedback(); f != nil {
		t.Errorf("after a week: feedback %+v", f)
	}
}
