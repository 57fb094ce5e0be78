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

// caught is an outbox with these messages, newest first.
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

func TestProgramsReadTheOutbox(t *testing.T) {
	c := &console.Console{Outbox: caught{mail(2, true, "<p>Your code is <strong>123456</strong>.</p><p>Keep it<br>safe &amp; sound.</p>"), mail(1, false, "older <b>")}}
	w := get(t, c, "/console/outbox", "application/json")
	var mails []console.Mail
	if err := json.Unmarshal(w.Body.Bytes(), &mails); err != nil {
		t.Fatal(err)
	}
	if want := "Your code is 123456.\nKeep it\nsafe & sound."; len(mails) != 2 || mails[0].Text != want {
		t.Errorf("got %+v, want two messages, the first with the text %q", mails, want)
	}
	if mails[1].Text != "older <b>" {
		t.Errorf("the text of a plain message: got %q, want it unchanged", mails[1].Text)
	}
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("Cache-Control: got %q, want no-store", w.Header().Get("Cache-Control"))
	}
	w = get(t, c, "/console/outbox?before=2", "application/json")
	if !strings.Contains(w.Body.String(), `"id":1`) || strings.Contains(w.Body.String(), `"id":2`) {
		t.Errorf("before=2: got %s, want message 1 only", w.Body)
	}
}

func TestMessagesAreShownAsText(t *testing.T) {
	c := &console.Console{Outbox: caught{mail(1, true, "<p>hello <script>alert(1)</script></p>")}}
	if body := get(t, c, "/console/outbox", "text/html").Body.String(); strings.Contains(body, "<script>alert") {
		t.Error("the page has a script of a message")
	}
}

type broken struct{}

func (broken) List(context.Context, int, int64) ([]*message.Caught, error) {
	return nil, errors.New("disk on fire at sector 7")
}

func TestAFailureDoesNotShowItsCause(t *testing.T) {
	for _, accept := range []string{"text/html", "application/json"} {
		w := get(t, &console.Console{Outbox: broken{}}, "/console/outbox?before=7", accept)
		if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "sector") {
			t.Errorf("%s: got %d %s, want 500 without the cause", accept, w.Code, w.Body)
		}
		if accept == "text/html" && !strings.Contains(w.Body.String(), `href="/console/outbox?before=7"`) {
			t.Errorf("the page has no button to try again: %s", w.Body)
		}
	}
}

func TestUnknownPathsAndMethodsGetAPage(t *testing.T) {
	handler := (&console.Console{Outbox: caught{}}).Handler()
	for _, tt := range []struct {
		method, path, accept string
		status               int
		want                 string
	}{
		{"GET", "/console/nothing", "text/html", 404, "To the start page"},
		{"GET", "/console/outbox/1", "text/html", 404, "To the start page"},
		{"POST", "/console/outbox", "text/html", 405, "can be read only"},
		{"GET", "/console/nothing", "application/json", 404, `{"error":"There is no such page"`},
	} {
		r := httptest.NewRequest(tt.method, tt.path, nil)
		r.Header.Set("Accept", tt.accept)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s %s as %s: got %d %s, want %d with %q", tt.method, tt.path, tt.accept, w.Code, w.Body, tt.status, tt.want)
		}
	}
}
