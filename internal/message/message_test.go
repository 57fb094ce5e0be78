package message_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/message"
	"gatehouse/internal/store"
)

func TestTemplates(t *testing.T) {
	v := message.Values{Code: `a<1&"`, Username: `<b>eve</b>`, Link: `https://id.example.com/confirm?a=1&b="2`}
	tests := []struct{ name, got, want string }{
		{"text", message.Text("Hi {username}, {####}.", v), `Hi <b>eve</b>, a<1&".`},
		{"html", message.HTML("<p>Hi {username}, <b>{####}</b></p>", v), `<p>Hi &lt;b&gt;eve&lt;/b&gt;, <b>a&lt;1&amp;&#34;</b></p>`},
		{"each place", message.Text("{####} {####}", v), `a<1&" a<1&"`},
		{"html link", message.HTML("{##Click Here##}", v), `<a href="https://id.example.com/confirm?a=1&amp;b=&#34;2">Click Here</a>`},
		{"text link", message.Text("{##Click Here##}", v), `Click Here (https://id.example.com/confirm?a=1&b="2)`},
		{"no link", message.HTML("{##Click Here##}", message.Values{}), "Click Here"},
		{"a value that looks like a placeholder", message.Text("{username} {####}", message.Values{Code: "123456", Username: "{####}"}), "{####} 123456"},
		{"not placeholders", message.Text("{###} {user} {} {#####} %s $1 {####", v), "{###} {user} {} {#####} %s $1 {####"},
		{"dollar in a value", message.Text("{####}", message.Values{Code: "$1$0"}), "$1$0"},
		{"subject", message.Subject("For {username}\r\nBcc: x", message.Values{Username: "al\nice"}), "For al ice  Bcc: x"},
		{"subject without the code", message.Subject("Code {####}", message.Values{Code: "123456"}), "Code"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}

func FuzzHTML(f *testing.F) {
	f.Add("{username} {####}", "alice", "123456")
	f.Add("{##x##}", "{####}", "<script>")
	f.Fuzz(func(t *testing.T, template, username, code string) {
		got := message.HTML(template, message.Values{Code: code, Username: username})
		if strings.Count(got, "<") > strings.Count(template, "<") {
			t.Errorf("HTML(%q, %q, %q) = %q: a value opened a tag", template, username, code, got)
		}
	})
}

func TestEachMediumHasItsSender(t *testing.T) {
	var mails, texts recorder
	both := message.ByMedium{Email: &mails, SMS: &texts}
	both.Send(t.Context(), &message.Message{Medium: message.Email})
	both.Send(t.Context(), &message.Message{Medium: message.SMS})
	both.Send(t.Context(), &message.Message{Medium: message.SMS})
	if mails != 1 || texts != 2 {
		t.Errorf("%d e-mails and %d texts, want 1 and 2", mails, texts)
	}
}

func TestErrNotConfigured(t *testing.T) {
	for name, sender := range map[string]message.Sender{
		"none": message.NotConfigured{}, "no SMS": message.ByMedium{Email: message.NotConfigured{}},
		"SMTP for SMS": &message.SMTP{Host: "mail.example.com", From: "no-reply@example.com"},
	} {
		err := sender.Send(t.Context(), &message.Message{Medium: message.SMS, To: "+15555550100"})
		if !errors.Is(err, message.ErrNotConfigured) || fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s: error = %v, want %v", name, err, message.ErrNotConfigured)
		}
	}
	if err := (message.ByMedium{}).Send(t.Context(), &message.Message{Medium: "PIGEON"}); !errors.Is(err, message.ErrNotConfigured) {
		t.Errorf("unknown medium: error = %v, want %v", err, message.ErrNotConfigured)
	}
}

// recorder counts messages.
type recorder int

func (r *recorder) Send(context.Context, *message.Message) error { *r++; return nil }

func outbox(t *testing.T) (*message.Outbox, *store.Store) {
	t.Helper()
	sealer, err := seal.New()
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), "sqlite::memory:", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return message.NewOutbox(s, sealer, nil), s
}

func send(t *testing.T, s message.Sender, medium message.Medium, to, body string) {
	t.Helper()
	if err := s.Send(t.Context(), &message.Message{Medium: medium, To: to, Body: seal.Secret(body), Subject: "s", Purpose: "verify"}); err != nil {
		t.Fatal(err)
	}
}

func bodies(list []*message.Caught) string {
	var all []string
	for _, c := range list {
		all = append(all, c.Body.Reveal())
	}
	return strings.Join(all, " ")
}

func TestOutboxKeepsTheNewestFirst(t *testing.T) {
	o, _ := outbox(t)
	send(t, o, message.Email, "alice@example.com", "one")
	send(t, o, message.SMS, "+15555550100", "two")
	send(t, o, message.Email, "Alice@Example.com", "three")
	send(t, o, message.Email, "bob@example.com", "four")
	all, err := o.List(t.Context(), 10, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := bodies(all), "four three two one"; got != want {
		t.Errorf("List = %q, want %q", got, want)
	}
	page, _ := o.List(t.Context(), 2, all[1].ID)
	if got, want := bodies(page), "two one"; got != want {
		t.Errorf("second page = %q, want %q", got, want)
	}
	alice, err := o.ListTo(t.Context(), "alice@example.com", 10, 0)
	if got, want := bodies(alice), "three one"; got != want || err != nil {
		t.Errorf("ListTo = %q, %v, want %q", got, err, want)
	}
	newest, _ := o.ListTo(t.Context(), "alice@example.com", 1, 0)
	if got, want := bodies(newest), "three"; got != want {
		t.Errorf("ListTo of one = %q, want %q", got, want)
	}
	if all[0].Sent.IsZero() || all[0].Purpose != "verify" {
		t.Errorf("message = %+v, want its time and purpose", all[0])
	}
}

func TestListToReadsPastAPage(t *testing.T) {
	o, _ := outbox(t)
	send(t, o, message.Email, "alice@example.com", "deep")
	for range 450 {
		send(t, o, message.Email, "bob@example.com", "x")
	}
	got, err := o.ListTo(t.Context(), "alice@example.com", 5, 0)
	if err != nil || bodies(got) != "deep" {
		t.Errorf("ListTo = %q, %v, want deep", bodies(got), err)
	}
}

func TestOutboxKeepsBodiesSealed(t *testing.T) {
	o, store := outbox(t)
	send(t, o, message.Email, "alice@example.com", "code 123456")
	send(t, o, message.Email, "bob@example.com", "code 654321")
	kept, _ := store.Messages(t.Context(), 10, 0)
	for _, m := range kept {
		if strings.Contains(string(m.Body), "code") {
			t.Errorf("the store holds %q", m.Body)
		}
	}
	moved := *kept[1]
	moved.To = "eve@example.com"
	store.AddMessage(t.Context(), &moved)
	if _, err := o.List(t.Context(), 1, 0); !errors.Is(err, seal.ErrBroken) {
		t.Errorf("a body moved to another recipient opens: %v", err)
	}
}

func TestOutboxRefusesABadNumber(t *testing.T) {
	o, _ := outbox(t)
	for _, to := range []string{"", "5555550100", "+", "+0123456", "+1555555010012345", "+1 555", "+1555x", "alice@example.com"} {
		err := o.Send(t.Context(), &message.Message{Medium: message.SMS, To: to})
		if !errors.Is(err, message.ErrRecipient) {
			t.Errorf("to %q: error = %v, want %v", to, err, message.ErrRecipient)
		}
	}
}
