package config_test

import (
	"os"
	"strings"
	"testing"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
)

// A configuration that loads is valid, and loads again to the same values. If a
// configuration does not load, every fault names a place and a reason.
func FuzzLoad(f *testing.F) {
	sample, err := os.ReadFile("testdata/sample.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(sample), "")
	f.Add(recipe, "ADDRESS=:1")
	f.Add("a: &a [*a]\n<<: *a\n", "ROUTES=LSBmcm9tOiBo")
	f.Add("{\"routes\": [{\"to\": 1, \"from\": {}}, null, [], 7]}", `HEADERS={"a": [1]}`)
	f.Add("directory: {pools: [{clients: [{callback_urls: [null]}]}]}", "JWT_CLAIMS_HEADERS=a:b")
	f.Fuzz(func(t *testing.T, text, variable string) {
		src := settings.Source{Path: "config.yaml", Data: []byte(text), Env: []string{variable}}
		if namesFile(text) || namesFile(variable) {
			return // the fuzzer must not read files by chance
		}
		c, err := config.Load(src)
		if err != nil {
			checkFaults(t, err)
			return
		}
		if err := c.Validate(); err != nil {
			t.Errorf("what was loaded does not validate: %v", err)
		}
		again, err := config.Load(src)
		if err != nil {
			t.Fatalf("the second load: %v", err)
		}
		equal(t, "the second load", string(dump(again)), string(dump(c)))
	})
}

func namesFile(text string) bool {
	lower := strings.ToLower(text)
	return strings.Contains(lower, "_file") || strings.Contains(lower, "certificates")
}

func checkFaults(t *testing.T, err error) {
	t.Helper()
	faults := settings.FaultsOf(err)
	if len(faults) == 0 {
		t.Fatalf("the error %v has no faults", err)
	}
	for _, f := range faults {
		if f.Found == "" || f.File == "" && f.Variable == "" {
			t.Errorf("the fault %+v has no place or no reason", f)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	sample, err := os.ReadFile("testdata/sample.yaml")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := config.Load(settings.Source{Path: "config.yaml", Data: sample}); err != nil {
			b.Fatal(err)
		}
	}
}
