package config_test

import (
	"bytes"
	"flag"
	"fmt"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// The sample holds every kind of key once. The golden file holds the values.
func TestTheSample(t *testing.T) {
	c, err := config.Load(settings.Source{Path: "testdata/sample.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	got := dump(c)
	if bytes.Contains(got, []byte("s3cret")) {
		t.Errorf("a secret can be read in what was printed of the configuration:\n%s", got)
	}
	const golden = "testdata/sample.golden"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}

// dump writes each value that is set on a line of its own.
func dump(c *config.Config) []byte {
	var b bytes.Buffer
	dumpValue(&b, "", reflect.ValueOf(c).Elem())
	return b.Bytes()
}

func dumpValue(b *bytes.Buffer, path string, v reflect.Value) {
	switch value := v.Interface().(type) {
	case seal.Secret:
		if value != "" {
			fmt.Fprintf(b, "%s = %v\n", path, value)
		}
		return
	case *url.URL:
		if value != nil {
			fmt.Fprintf(b, "%s = %s\n", path, value)
		}
		return
	case time.Duration:
		fmt.Fprintf(b, "%s = %s\n", path, value)
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			dumpValue(b, path, v.Elem())
		}
		if on, ok := v.Interface().(*bool); ok && on != nil && !*on {
			fmt.Fprintf(b, "%s = false\n", path)
		}
	case reflect.Struct:
		for _, f := range reflect.VisibleFields(v.Type()) {
			if f.IsExported() && !f.Anonymous {
				dumpValue(b, strings.TrimPrefix(path+"."+f.Name, "."), v.FieldByIndex(f.Index))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			dumpValue(b, fmt.Sprintf("%s[%d]", path, i), v.Index(i))
		}
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, key := range keys {
			dumpValue(b, path+"."+key.String(), v.MapIndex(key))
		}
	default:
		if !v.IsZero() {
			fmt.Fprintf(b, "%s = %#v\n", path, v.Interface())
		}
	}
}
