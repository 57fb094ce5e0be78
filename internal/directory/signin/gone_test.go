package signin_test

import (
	"testing"

	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/userpool"
)

// What is deleted during a sign-in is what the error names.
func TestDeletedDuringASignIn(t *testing.T) {
	deleteClient := func(b *bench) {
		if err := b.Pools.DeleteClient(b.t.Context(), b.Pool.ID, b.c.ID); err != nil {
			b.t.Fatal(err)
		}
	}
	gone := func(b *bench) string { return "User pool client " + string(b.c.ID) + " does not exist." }

	b := newBench(t, userpool.Settings{}, userpool.ClientSettings{})
	b.MustUser("alice")
	deleteClient(b)
	_, err := b.password("alice", right)
	wantErr(t, "a password, the client deleted meanwhile", err, userpool.ErrClientNotFound.Saying("%s", gone(b)))

	b = newBench(t, userpool.Settings{}, userpool.ClientSettings{})
	b.MustUser("alice")
	p := b.startSRP("alice", right)
	deleteClient(b)
	_, err = p.answer()
	wantErr(t, "SRP, the client deleted between its messages", err, userpool.ErrClientNotFound.Saying("%s", gone(b)))

	b = newBench(t, userpool.Settings{}, userpool.ClientSettings{})
	b.MustInvite("alice")
	out, err := b.password("alice", right)
	ch := wantChallenge(t, "temporary password", out, err, signin.NewPasswordRequired)
	deleteClient(b)
	_, err = b.respond(signin.NewPasswordRequired, ch.Session, "USERNAME", "alice", "NEW_PASSWORD", "Other-Horse-8")
	wantErr(t, "a new password, the client deleted meanwhile", err, userpool.ErrClientNotFound.Saying("%s", gone(b)))
}
