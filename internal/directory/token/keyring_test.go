package token_test

import (
	"encoding/json"
	"regexp"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

func TestJWKS(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	var set struct{ Keys []map[string]string }
	if err := json.Unmarshal(must[[]byte](t)(d.Tokens.JWKS(t.Context(), d.Pool)), &set); err != nil {
		t.Fatal(err)
	}
	if len(set.Keys) != 2 || set.Keys[0]["kid"] == set.Keys[1]["kid"] {
		t.Fatalf("%d keys, want two of different kid", len(set.Keys))
	}
	kidForm := regexp.MustCompile(`^[A-Za-z0-9+/]{43}=$`)
	for _, k := range set.Keys {
		if len(k) != 6 || k["alg"] != "RS256" || k["kty"] != "RSA" || k["use"] != "sig" || k["e"] != "AQAB" || len(k["n"]) != 342 || !kidForm.MatchString(k["kid"]) {
			t.Errorf("key %v", k)
		}
	}
}

// TestTwoNodesAgreeOnKeys makes the keys of a new pool on two engines at once.
func TestTwoNodesAgreeOnKeys(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	p := d.AddPool("us-east-1_Fresh0001")
	other := node(d, d.Store)
	var sets [2]string
	var wait sync.WaitGroup
	for i, e := range []*token.Engine{d.Tokens, other} {
		wait.Go(func() {
			set, err := e.JWKS(t.Context(), p)
			if err != nil {
				t.Error(err)
			}
			sets[i] = string(set)
		})
	}
	wait.Wait()
	if sets[0] != sets[1] {
		t.Error("the two nodes have different keys")
	}
}

func TestAPoolOfAnEarlierIDHasOtherKeys(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	first := d.AddPool("us-east-1_Fresh0001")
	before := string(must[[]byte](t)(d.Tokens.JWKS(t.Context(), first)))
	d.DeletePool(first.ID)
	second := &userpool.Pool{ID: first.ID, Created: first.Created.Add(time.Hour)}
	if err := d.Store.CreatePool(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	if after := string(must[[]byte](t)(d.Tokens.JWKS(t.Context(), second))); after == before {
		t.Error("the new pool has the keys of the deleted one")
	}
}

func TestASealedKeyMovedToAnotherPoolDoesNotOpen(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	p := d.AddPool("us-east-1_Fresh0001")
	stolen := must[[]token.SigningKey](t)(d.Store.SigningKeys(t.Context(), d.Pool.ID))
	for i := range stolen {
		stolen[i].Pool = p.ID
	}
	must[[]token.SigningKey](t)(d.Store.AddSigningKeys(t.Context(), p.ID, stolen))
	if _, err := d.Tokens.JWKS(t.Context(), p); err == nil {
		t.Error("the key opened")
	}
}

func TestAPoolThatIsGoneGetsNoKeys(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	_, err := d.Tokens.JWKS(t.Context(), &userpool.Pool{ID: "us-east-1_Nowhere01"})
	wants(t, err, userpool.ErrPoolNotFound)
}
