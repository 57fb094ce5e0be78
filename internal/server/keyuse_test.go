package server

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/directory/cognitoapi"
	"gatehouse/internal/operator"
)

// fullDisk is a store of keys that can't write.
type fullDisk struct {
	operator.Store
	hangs bool
}

func (d fullDisk) UseKey(ctx context.Context, _ string, _ time.Time) error {
	if d.hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	return errors.New("no space left on device")
}

// On a full disk, or one that hangs, a request that only reads is answered.
func TestRequestDoesNotFailForTheNoteOfItsKey(t *testing.T) {
	for name, disk := range map[string]fullDisk{"full": {}, "hangs": {hangs: true}} {
		synctest.Test(t, func(t *testing.T) {
			keys := operator.New(operator.Config{Store: disk})
			authenticate := notingUse(func(context.Context, *http.Request, []byte) (cognitoapi.Caller, error) {
				return cognitoapi.Caller{AccessKeyID: "AKIAIOSFODNN7EXAMPLE"}, nil
			}, keys)
			start := time.Now()
			caller, err := authenticate(t.Context(), httptest.NewRequest("POST", "/", nil), nil)
			if err != nil || caller.AccessKeyID == "" {
				t.Errorf("%s: caller %+v, %v; want the caller", name, caller, err)
			}
			if took := time.Since(start); took > time.Second {
				t.Errorf("%s: the note took %v, want at most a second", name, took)
			}
		})
	}
}
