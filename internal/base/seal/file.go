package seal

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// LoadOrCreate returns a Sealer with the keys in the file at path. If there is
// no file, it makes one with mode 0600, which is completely on disk before it
// gets its name. If two processes do so at once, both get the same keys.
//
// A file that others than its owner may read is refused, because its keys may
// be known already.
func LoadOrCreate(path string) (*Sealer, error) {
	k, err := readKeys(path)
	if errors.Is(err, fs.ErrNotExist) {
		k, err = createKeys(path)
	}
	if err != nil {
		return nil, err
	}
	return newSealer(k)
}

// Load returns a Sealer with the keys in the file at path, which must exist. It
// is for databases with content: new keys open nothing of what the lost keys
// sealed.
func Load(path string) (*Sealer, error) {
	k, err := readKeys(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrKeys.Saying("The master key file %s is missing (%v), but the database has content, which only those keys open. Restore the file from your backup or name the right one with master_key_file. To begin anew, use an empty database.", path, cause(err)).Because(err)
	}
	if err != nil {
		return nil, err
	}
	return newSealer(k)
}

// Reload makes s use the keys that are in the file now, if accept approves of
// them. On an error s keeps its keys.
func (s *Sealer) Reload(path string, accept func(*Sealer) error) error {
	k, err := readKeys(path)
	if err != nil {
		return err
	}
	next, err := newSealer(k)
	if err != nil {
		return err
	}
	if err := accept(next); err != nil {
		return err
	}
	return s.use(k)
}

// AddKey adds a sealing key to the file at path. The key opens, but does not
// seal yet. It is the first half of [Rotate], for processes that share keys but
// no disk: copy the file to all of them, let them reload, then call [Promote].
func AddKey(path string) error { return changeKeys(path, (*keys).withNewKey) }

// Promote makes the key that was added last the sealing one.
func Promote(path string) error { return changeKeys(path, (*keys).withNewestPrimary) }

// Rotate adds a sealing key to the file at path and makes it the one that
// seals. Values that older keys sealed still open. A running process keeps its
// keys until it reloads.
func Rotate(path string) error {
	return changeKeys(path, func(k *keys) (*keys, error) {
		added, err := k.withNewKey()
		if err != nil {
			return nil, err
		}
		return added.withNewestPrimary()
	})
}

// changeKeys replaces the file at path as a whole. If two changes run at once,
// the second fails, because it would drop the key that the first added.
func changeKeys(path string, change func(*keys) (*keys, error)) error {
	unlock, err := lockFile(path)
	if err != nil {
		return err
	}
	defer unlock()
	k, err := readKeys(path)
	if err != nil {
		return err
	}
	if k, err = change(k); err != nil {
		return err
	}
	data, err := k.marshal()
	if err != nil {
		return err
	}
	return place(path, data, os.Rename)
}

// lockFile keeps other processes from changing the file at path until unlock
// is called. The lock is a file beside it.
func lockFile(path string) (unlock func(), err error) {
	lock := path + ".lock"
	f, err := os.OpenFile(lock, os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, ErrKeys.Saying("Another process is changing the master keys. If none is, one was interrupted: remove %s and try again.", lock)
	}
	if err != nil {
		return nil, unwritable(path, err)
	}
	f.Close()
	return func() { os.Remove(lock) }, nil
}

// readKeys reads the file at path. It checks the mode of the open file, so that
// nobody can replace the file between the check and the reading.
func readKeys(path string) (*keys, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, unreadable(path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, wrongFile(path, errNotRegular)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, ErrKeys.Saying("The master key file %s may be read by others (mode %04o): run chmod 600 %s", path, mode, path)
	}
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, unreadable(path, err)
	}
	k, err := parseKeys(data)
	if err != nil {
		return nil, wrongFile(path, err)
	}
	return k, nil
}

var errNotRegular = errors.New("it is not a regular file")

// wrongFile says that the content of a key file can't be used.
func wrongFile(path string, problem error) error {
	return ErrKeys.Saying("The master key file %s can't be used: %v. Restore the file from your backup, or name the right one with master_key_file. It was not changed.", path, problem)
}

// unreadable says that the system does not let this process read the file.
func unreadable(path string, err error) error {
	return ErrKeys.Saying("The master key file %s can't be read (%v). Without it nothing that is sealed in the database opens. Let the user of this process read it, or name the right file with master_key_file.", path, cause(err)).Because(err)
}

// unwritable says that the system does not let this process write the file.
func unwritable(path string, err error) error {
	return ErrKeys.Saying("The master key file %s can't be written (%v). Let the user of this process write its directory, or name another place with master_key_file.", path, cause(err)).Because(err)
}

// cause returns what the system said, without the path.
func cause(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	if l, ok := errors.AsType[*os.LinkError](err); ok {
		return l.Err
	}
	return err
}

func createKeys(path string) (*keys, error) {
	k, err := generate()
	if err != nil {
		return nil, err
	}
	data, err := k.marshal()
	if err != nil {
		return nil, err
	}
	if err := place(path, data, linkNew); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return readKeys(path) // another process may have been first
}

// linkNew gives temp the name path unless the name is taken. A rename would
// delete the keys of a process that was faster, and with them everything that
// it has sealed.
func linkNew(temp, path string) error {
	err := os.Link(temp, path)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return os.Rename(temp, path) // a file system without links
	}
	return err
}

// place writes data to a file beside path and syncs it to disk. Then it calls
// name to give the file its name, and syncs the directory.
func place(path string, data []byte, name func(temp, path string) error) error {
	dir := filepath.Dir(path)
	temp, err := os.CreateTemp(dir, ".keys-*") // mode 0600
	if err != nil {
		return unwritable(path, err)
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(data)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return unwritable(path, err)
	}
	if err := name(temp.Name(), path); err != nil {
		return unwritable(path, err)
	}
	return syncDir(path)
}

func syncDir(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return unwritable(path, err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return unwritable(path, err)
	}
	return nil
}
