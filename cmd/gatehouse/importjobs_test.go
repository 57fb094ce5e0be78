package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userimport"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/store"
)

// The report of a job is shown whole, part after part, and that of no other job.
func TestReportsOfImportsAreShown(t *testing.T) {
	text := "data_dir: " + t.TempDir() + "\ndirectory: {url: 'https://id.example.com'}\n"
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	execute(t, "keys", "create", "--config", path)
	c, err := config.Load(settings.Source{Path: path, Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), c.Database.Reveal(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := &userpool.Pool{ID: "us-east-1_Test00001"}
	if err := st.CreatePool(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	for _, id := range []userimport.ID{"import-a", "import-b"} {
		j := &userimport.Job{ID: id, Pool: p.ID, Status: userimport.InProgress, Holder: "node"}
		if err := st.CreateImportJob(t.Context(), j, 9); err != nil {
			t.Fatal(err)
		}
		for line := int64(2); line < 4; line++ {
			report := func(j *userimport.Job, _ []error) string {
				j.Lines = line
				return string(id) + strings.Repeat("!", int(line)) + "\n"
			}
			if _, err := st.ImportUsers(t.Context(), j, "node", []*user.User{}, report); err != nil {
				t.Fatal(err)
			}
		}
	}
	st.Close()
	if out, _ := execute(t, "import-jobs", "report", "--config", path, "import-a"); out != "import-a!!\nimport-a!!!\n" {
		t.Errorf("the report is %q", out)
	}
}
