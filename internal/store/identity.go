package store

import (
	"fmt"
	"os"
	"sync"
)

// identity notices that a file was deleted or replaced while it is open. What is
// written then goes into a file without a name and is lost with the process.
// Safe for concurrent use.
type identity struct {
	path string

	mu   sync.Mutex
	seen os.FileInfo // nil until the file is first found
}

// check returns [ErrUnavailable] if the file is not the one that it first was.
// Before it was found it has no identity.
func (i *identity) check() error {
	info, err := os.Stat(i.path)
	i.mu.Lock()
	defer i.mu.Unlock()
	switch {
	case i.seen == nil && err == nil:
		i.seen = info
		return nil
	case i.seen == nil:
		return nil
	case err != nil:
		return i.lost(fmt.Sprintf("can't be found (%v)", err))
	case !os.SameFile(i.seen, info):
		return i.lost("was replaced by another file")
	}
	return nil
}

func (i *identity) lost(problem string) error {
	return ErrUnavailable.Because(fmt.Errorf("the file %s %s while this process uses it; nothing is written, since it would be lost: put the file back, or restart to use the one that is there now", i.path, problem))
}
