package trigger_test

import (
	"fmt"
	"strings"
	"testing"

	"gatehouse/internal/directory/trigger"
)

func word(t *testing.T, m trigger.Message, response string) (trigger.Wording, error) {
	t.Helper()
	m.User = alice
	l := lambda{answer: `{"response":` + response + `}`}
	return l.engine().Message(t.Context(), occasion(), m)
}

// A text without the code would leave the person without it: the pool's own text is
// sent instead.
func TestOnlyTextsWithTheCodeAreUsed(t *testing.T) {
	code, invitation := trigger.Message{Kind: "SignUp"}, trigger.Message{Kind: "AdminCreateUser", Invitation: true}
	tests := []struct {
		m        trigger.Message
		response string
		want     trigger.Wording
	}{
		{code, `{}`, trigger.Wording{}},
		{code, `{"smsMessage":"{####}","emailMessage":"<b>{####}</b>","emailSubject":"Hi"}`, trigger.Wording{SMS: "{####}", Email: "<b>{####}</b>", Subject: "Hi"}},
		{code, `{"smsMessage":"no code","emailMessage":"none","emailSubject":"Hi"}`, trigger.Wording{Subject: "Hi"}},
		{invitation, `{"smsMessage":"{####}","emailMessage":"{username} {####}"}`, trigger.Wording{Email: "{username} {####}"}},
		{code, `{"smsMessage":"{####}` + strings.Repeat("é", 134) + `"}`, trigger.Wording{SMS: "{####}" + strings.Repeat("é", 134)}},
	}
	for _, tt := range tests {
		if got, err := word(t, tt.m, tt.response); err != nil || got != tt.want {
			t.Errorf("%s: %+v, %v, want %+v", tt.response, got, err, tt.want)
		}
	}
	for _, response := range []string{`{"smsMessage":"{####}` + strings.Repeat("é", 135) + `"}`, `{"emailSubject":"` + strings.Repeat("x", 141) + `"}`, `{"emailMessage":"` + strings.Repeat("x", 20001) + `"}`, `{"emailMessage":["{####}"]}`} {
		_, err := word(t, code, response)
		wantError(t, fmt.Sprintf("%.30s", response), err, trigger.ErrOutput, "Unrecognizable lambda output")
	}
}
