package audit_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"gatehouse/internal/base/audit"
	"gatehouse/internal/base/fault"
)

func TestALineForAChange(t *testing.T) {
	gone := fault.New(fault.NotFound, "user_not_found", "User does not exist.")
	for name, tt := range map[string]struct {
		change        audit.Change
		outcome, code any
	}{
		"done":           {audit.Change{Actor: audit.AccessKey, ActorID: "AKIA1", Action: "AdminDisableUser", Target: "pool", Details: []slog.Attr{slog.String("user", "ann")}, RequestID: "r1"}, "done", nil},
		"refused":        {audit.Change{Actor: audit.AccessKey, ActorID: "AKIA1", Action: "AdminDisableUser", Err: gone.Because(errors.New("the password s3cret"))}, "not-done", "user_not_found"},
		"another reason": {audit.Change{Actor: audit.AccessKey, ActorID: "AKIA1", Action: "AdminDisableUser", Err: errors.New("the password s3cret")}, "not-done", "other"},
	} {
		log := &bytes.Buffer{}
		audit.Write(t.Context(), slog.New(slog.NewJSONHandler(log, nil)), tt.change)
		var got map[string]any
		if err := json.Unmarshal(log.Bytes(), &got); err != nil {
			t.Fatalf("%s: %v in %s", name, err, log)
		}
		if got["msg"] != "audit" || got["actor"] != "access-key" || got["actor_id"] != "AKIA1" || got["action"] != "AdminDisableUser" || got["node"] == "" || got["outcome"] != tt.outcome || got["code"] != tt.code {
			t.Errorf("%s: got %v", name, got)
		}
		if strings.Contains(log.String(), "s3cret") {
			t.Errorf("%s: the text of the error is in %s", name, log)
		}
	}
	audit.Write(t.Context(), nil, audit.Change{}) // nobody listens
}
