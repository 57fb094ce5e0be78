package gatetest_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/aws/smithy-go"

	"gatehouse/internal/testing/gatetest"
)

// raw calls an operation that the SDK does not have. An exception is an error as the
// SDK returns it.
func raw(gt *gatetest.Server, t *testing.T, operation string, in object) (object, error) {
	t.Helper()
	w := (&caller{gt, t, gt.Handler}).call(operation, in)
	if w.Code == http.StatusOK && w.Body.Len() == 0 {
		return nil, nil // an operation without output
	}
	var out object
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatalf("%s: status %d, %v", operation, w.Code, err)
	}
	if w.Code == http.StatusOK {
		return out, nil
	}
	name, _ := out["__type"].(string)
	text, _ := out["message"].(string)
	return nil, &smithy.GenericAPIError{Code: name, Message: text}
}
