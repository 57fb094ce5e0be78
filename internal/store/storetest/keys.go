package storetest

import (
	"testing"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/operator"
)

func testKeys(t *testing.T, s Store) {
	access := &operator.Key{ID: "AKIA" + ids.Hex(8), Kind: operator.AccessKey, Name: "ci", Sealed: []byte{0, 1}, Created: asStored(now)}
	bearer := &operator.Key{ID: ids.UUID(), Kind: operator.APIToken, Hash: []byte(ids.Token()), Created: asStored(now.Add(1e9))}
	must(t, s.CreateKey(ctx(t), bearer))
	must(t, s.CreateKey(ctx(t), access))
	wantEqual(t, "Keys", mustGet[[]*operator.Key](t)(s.Keys(ctx(t))), []*operator.Key{access, bearer})
	wantEqual(t, "Key", mustGet[*operator.Key](t)(s.Key(ctx(t), access.ID)), access)
	wantEqual(t, "KeyByHash", mustGet[*operator.Key](t)(s.KeyByHash(ctx(t), bearer.Hash)), bearer)

	wantErr(t, "CreateKey again", s.CreateKey(ctx(t), access), operator.ErrKeyExists)
	wantErr(t, "CreateKey with its hash", s.CreateKey(ctx(t), &operator.Key{ID: "other", Hash: bearer.Hash}), operator.ErrKeyExists)
	_, err := s.Key(ctx(t), "none")
	wantErr(t, "Key", err, operator.ErrKeyNotFound)
	for _, hash := range [][]byte{nil, {}, []byte("none")} {
		_, err = s.KeyByHash(ctx(t), hash)
		wantErr(t, "KeyByHash", err, operator.ErrKeyNotFound)
	}
	wantErr(t, "RevokeKey", s.RevokeKey(ctx(t), "none", now), operator.ErrKeyNotFound)
	must(t, s.UseKey(ctx(t), "none", now))

	must(t, s.UseKey(ctx(t), access.ID, now.Add(time.Hour)))
	must(t, s.UseKey(ctx(t), access.ID, now))
	must(t, s.RevokeKey(ctx(t), access.ID, now))
	must(t, s.RevokeKey(ctx(t), access.ID, now.Add(time.Hour)))
	got := mustGet[*operator.Key](t)(s.Key(ctx(t), access.ID))
	if !got.LastUsed.Equal(now.Add(time.Hour)) || !got.Revoked.Equal(now) {
		t.Errorf("LastUsed, Revoked = %v, %v, want the later use and the first revocation", got.LastUsed, got.Revoked)
	}
}

func testServiceAccounts(t *testing.T, s Store) {
	account := &operator.Key{
		ID: "sa" + ids.Hex(8), Kind: operator.ServiceAccount, Name: "backup", Hash: []byte(ids.Token()), Created: asStored(now), Expires: asStored(now.Add(time.Hour)),
		Facts: operator.Facts{Groups: []string{"robots"}, Claims: map[string]string{"team": "ops"}},
	}
	must(t, s.CreateKey(ctx(t), account))
	wantEqual(t, "KeyByHash", mustGet[*operator.Key](t)(s.KeyByHash(ctx(t), account.Hash)), account)
	before := mustGet[session.Mark](t)(s.LastMark(ctx(t)))
	must(t, s.RevokeKey(ctx(t), account.ID, now))
	changes := mustGet[[]session.Change](t)(s.Changes(ctx(t), before))
	if len(changes) != 1 || !changes[0].Ended || changes[0].Scope.Origin != (session.Origin{Issuer: operator.AccountIssuer, Subject: account.ID}) {
		t.Errorf("Changes = %+v, want the end of the account's sessions", changes)
	}
	other := &operator.Key{ID: "AKIA" + ids.Hex(8), Kind: operator.AccessKey, Sealed: []byte{1}, Created: asStored(now)}
	must(t, s.CreateKey(ctx(t), other))
	before = mustGet[session.Mark](t)(s.LastMark(ctx(t)))
	must(t, s.RevokeKey(ctx(t), other.ID, now))
	if after := mustGet[session.Mark](t)(s.LastMark(ctx(t))); after != before {
		t.Error("the end of an access key concerns sessions")
	}
}
