package storetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/gateway/access"
	"gatehouse/internal/message"
	"gatehouse/internal/operator"
)

// testMark shows that the first mark stays until it is replaced by name.
func testMark(t *testing.T, s Store) {
	wantEqual(t, "Mark of a new database", mustGet[[]byte](t)(s.Mark(ctx(t))), []byte(nil))
	marks := make([][]byte, 8)
	var wg sync.WaitGroup
	for i := range marks {
		wg.Go(func() { marks[i], _ = s.KeepMark(ctx(t), fmt.Append(nil, "mark ", i)) })
	}
	wg.Wait()
	first := mustGet[[]byte](t)(s.Mark(ctx(t)))
	for i, kept := range marks {
		wantEqual(t, fmt.Sprint("KeepMark of process ", i), kept, first)
	}
	must(t, s.ReplaceMark(ctx(t), []byte("another"), []byte("next")))
	wantEqual(t, "Mark after another one was replaced", mustGet[[]byte](t)(s.Mark(ctx(t))), first)
	must(t, s.ReplaceMark(ctx(t), first, []byte("next")))
	wantEqual(t, "Mark after it was replaced", mustGet[[]byte](t)(s.Mark(ctx(t))), []byte("next"))

	wantEqual(t, "SealedSamples of a new database", len(mustGet[[][]byte](t)(s.SealedSamples(ctx(t)))), 0)
	p := newPool(t, s)
	_, err := s.AddSigningKeys(ctx(t), p.ID, []token.SigningKey{{Use: "id", Number: 1, ID: "k", Sealed: []byte("signing")}})
	must(t, err)
	must(t, s.CreateKey(ctx(t), &operator.Key{ID: "k", Sealed: []byte("access")}))
	must(t, s.CreateKey(ctx(t), &operator.Key{ID: "h", Hash: []byte("no secret")}))
	u := unsavedUser(p.ID, "alice")
	u.Password = &user.Password{Salt: []byte{1}, Sealed: []byte("password")}
	must(t, s.CreateUser(ctx(t), u, false))
	newUser(t, s, p.ID, "without a password")
	_, err = s.KeepTeamKey(ctx(t), &access.TeamKey{ID: ids.Hex(32), Sealed: []byte("team"), Certificate: []byte{1}})
	must(t, err)
	must(t, s.AddMessage(ctx(t), &message.Stored{Body: []byte("message")}))
	var got []string
	for _, sample := range mustGet[[][]byte](t)(s.SealedSamples(ctx(t))) {
		got = append(got, string(sample))
	}
	slices.Sort(got)
	wantEqual(t, "SealedSamples", got, []string{"access", "message", "password", "signing", "team"})
}
