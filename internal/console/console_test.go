package console_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/page/pagetest"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/console"
	"gatehouse/internal/message"
)

func TestPages(t *testing.T) { pagetest.Golden(t, console.Gallery()) }

// caught is an outbox in a slice, newest first.
type caught []*message.Caught

func (c caught) List(_ context.Context, limit int, before int64) ([]*message.Caught, error) {
	var out []*message.Caught
	for _, m := range c {
		if (before == 0 || m.ID < before) && len(out) < limit {
			out = append(out, m)
		}
	}
	return out, nil
}

func mail(id int64, html bool, body string) *message.Caught {
	return &message.Caught{ID: id, Message: message.Message{
		Medium: message.Email, To: "alice@example.com", Subject: "Your verification code", Body: seal.Secret(body), HTML: html,
		Username: "alice", Purpose: "confirm_sign_up", Sent: time.Unix(0, 0),
	}}
}

func get(t *testing.T, c *console.Console, path, accept string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	c.Handler().ServeHTTP(w, r)
	return w
}

func TestTheOutboxIsReadByPrograms(t *testing.T) {
	c := &console.Console{Outbox: caught{mail(2, true, "<p>Your code is <strong>123456</strong>.</p><p>Keep it<br>safe &amp; sound.</p>"), mail(1, false, "older <b>")}}
	w := get(t, c, "/console/outbox", "application/json")
	var mails []console.Mail
	if err := json.Unmarshal(w.Body.Bytes(), &mails); err != nil {
		t.Fatal(err)
	}
	if want := "Your code is 123456.\nKeep it\nsafe & sound."; len(mails) != 2 || mails[0].Text != want {
		t.Errorf("got %+v, want two, the first with the text %q", mails, want)
	}
	if mails[1].Text != "older <b>" {
		t.Errorf("plain text became %q", mails[1].Text)
	}
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Error("the answer may be cached")
	}
	w = get(t, c, "/console/outbox?before=2", "application/json")
	if !strings.Contains(w.Body.String(), `"id":1`) || strings.Contains(w.Body.String(), `"id":2`) {
		t.Errorf("before=2 shows %s", w.Body)
	}
}

func TestWhatAMessageSaysIsShownAsText(t *testing.T) {
	c := &console.Console{Outbox: caught{mail(1, true, "<p>hello <script>alert(1)</script></p>")}}
	if body := get(t, c, "/console/outbox", "text/html").Body.String(); strings.Contains(body, "<script>alert") {
		t.Error("a script of a message got onto the page")
	}
}

type broken struct{}

func (broken) List(context.Context, int, int64) ([]*message.Caught, error) {
	return nil, errors.New("disk on fire at sector 7")
}

func TestAFailureTellsNothing(t *testing.T) {
	w := get(t, &console.Console{Outbox: broken{}}, "/console/outbox", "text/html")
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "sector") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if w := get(t, &console.Console{}, "/console/nothing", "text/html"); w.Code != http.StatusNotFound {
		t.Errorf("an unknown page answers %d, want 404", w.Code)
	}
}
