package settings_test

import (
	"encoding/json"
	"testing"

	"gatehouse/internal/base/settings"
)

// Every fault has a place and a reason. What is read without a fault is read
// again, written as JSON, to the same.
func FuzzOpen(f *testing.F) {
	f.Add("address: x\nfree: &a [1, 2.5, true, {k: v}]\nlabels: {<<: *a}\n", "MAIL_HOST=a")
	f.Add("a: &a [*a]\n<<: *a\n", "ROUTES=LSBmcm9tOiBh")
	f.Add("{\"routes\": [{\"to\": \"a\\/b\"}, null, [], 7]}", `LABELS={"a": [1]}`)
	f.Add("- a\n--- \nb", "NAMES=[a")
	f.Fuzz(func(t *testing.T, text, variable string) {
		o, err := decode(open(text, variable))
		for _, fault := range settings.FaultsOf(err) {
			if fault.Found == "" || fault.Place.String() == "" {
				t.Errorf("the fault %+v lacks a place or a reason", fault)
			}
		}
		if err != nil {
			return
		}
		written, err := json.Marshal(map[string]any{"free": o.Free})
		if err != nil {
			return // JSON has no infinity
		}
		again, err := decode(open(string(written)))
		if err != nil {
			return // YAML forbids some characters that JSON allows
		}
		rewritten, err := json.Marshal(map[string]any{"free": again.Free})
		if err != nil || string(rewritten) != string(written) {
			t.Errorf("wrote %s, then %s (error %v), want the same text", written, rewritten, err)
		}
	})
}
