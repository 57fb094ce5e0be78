package session

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/identity"
)

// testdata/session.json was saved when claims were a map. Such sessions go on after an
// update, and what is saved today is the same text.
func TestSessionsOfOlderVersionsAreRead(t *testing.T) {
	saved, err := os.ReadFile("testdata/session.json")
	if err != nil {
		t.Fatal(err)
	}
	box, end := newBox(t, "sessions"), time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	h, err := decode(box, Record{ID: "old", Sealed: box.Seal(saved, sealContext("old")), Expires: end, Revision: 3})
	if err != nil {
		t.Fatal(err)
	}
	want := identity.Identity{
		SessionID: "old", UserID: "u-1", Email: "alice@example.com", Name: "Alice <A> & \u2028 Söhne", Provider: "p1", Groups: []string{"staff", "a,b"},
		Claims: identity.NewClaims(map[string][]any{
			"sub": {"u-1"}, "iss": {"https://idp.example.com"}, "email": {"alice@example.com"}, "email_verified": {true}, "name": {"Alice <A> & \u2028 Söhne"},
			"groups": {"staff", "a,b"}, "employee": {json.Number("111432655977273150308")}, "big": {json.Number("1e21")}, "level": {json.Number("7")}, "off": {false},
			"empty": {}, "teams": {map[string]any{"id": json.Number("9007199254740993")}, nil, []any{"x"}}, "address.country": {"DE"},
		}), CommaLists: []string{"groups"},
	}
	if diff := cmp.Diff(want, h.Identity); diff != "" {
		t.Errorf("the identity (-want +got):\n%s", diff)
	}
	if h.Tokens != alice().Tokens || h.Provider != "p1" || h.Client != alice().Client || h.Devices[0].ID != "d" || h.read != 7 || !h.refreshes {
		t.Errorf("got %+v", h)
	}
	r, err := encode(box, h)
	if err != nil {
		t.Fatal(err)
	}
	now, err := box.Open(r.Sealed, sealContext("old"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(saved), string(now)); diff != "" {
		t.Errorf("saved again (-before +now):\n%s", diff)
	}
}
