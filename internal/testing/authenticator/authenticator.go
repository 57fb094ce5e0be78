// Package authenticator is the browser and the authenticator of a test: it makes
// passkeys and signs with them, and can be told to do each step wrong.
package authenticator

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"testing"
)

// The flags of what an authenticator says. WebAuthn §6.1.
const (
	UserPresent  = 0x01
	UserVerified = 0x04
	attested     = 0x40
)

// Device has one passkey. A test may change every field.
type Device struct {
	RPID, Origin string
	ID           []byte
	Key          crypto.Signer
	Public       []byte // COSE
	AAGUID       []byte
	Flags        byte
	Counter      uint32
	Handle       []byte         // of the user; Create sets it
	Client       map[string]any // replaces members of the client's data
	t            testing.TB
}

// New returns a device with a key on P-256 and without a counter.
func New(t testing.TB, rpID, origin string) *Device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	// {1: 2, 3: -7, -1: 1, -2: x, -3: y}
	public := slices.Concat([]byte{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32}, point[1:33], []byte{0x22, 0x58, 32}, point[33:])
	return newDevice(t, rpID, origin, key, public)
}

// NewRSA returns a device with an RSA key.
func NewRSA(t testing.TB, rpID, origin string) *Device {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	// {1: 3, 3: -257, -1: n, -2: e}
	public := slices.Concat([]byte{0xa4, 1, 3, 3, 0x39, 1, 0, 0x20, 0x59, 1, 0}, key.N.Bytes(), []byte{0x21, 0x43, 1, 0, 1})
	return newDevice(t, rpID, origin, key, public)
}

func newDevice(t testing.TB, rpID, origin string, key crypto.Signer, public []byte) *Device {
	id := make([]byte, 32)
	rand.Read(id)
	return &Device{RPID: rpID, Origin: origin, ID: id, Key: key, Public: public, AAGUID: make([]byte, 16), Flags: UserPresent | UserVerified, t: t}
}

// Create answers the options of navigator.credentials.create, as toJSON gives it.
func (d *Device) Create(options []byte) []byte {
	d.t.Helper()
	var o struct {
		Challenge string
		User      struct{ ID string }
	}
	d.read(options, &o)
	d.Handle, _ = base64.RawURLEncoding.DecodeString(o.User.ID)
	auth := d.authData(d.Flags | attested)
	auth = slices.Concat(auth, d.AAGUID, binary.BigEndian.AppendUint16(nil, uint16(len(d.ID))), d.ID, d.Public)
	// {"fmt": "none", "attStmt": {}, "authData": auth}
	object := slices.Concat([]byte{0xa3, 0x63}, []byte("fmt"), []byte{0x64}, []byte("none"), []byte{0x67}, []byte("attStmt"), []byte{0xa0, 0x68}, []byte("authData"),
		[]byte{0x59}, binary.BigEndian.AppendUint16(nil, uint16(len(auth))), auth)
	return d.credential(map[string]any{"clientDataJSON": text(d.clientData("webauthn.create", o.Challenge)), "attestationObject": text(object), "transports": []string{"internal", "hybrid"}})
}

// Get answers the options of navigator.credentials.get.
func (d *Device) Get(options []byte) []byte {
	d.t.Helper()
	var o struct{ Challenge string }
	d.read(options, &o)
	auth, client := d.authData(d.Flags), d.clientData("webauthn.get", o.Challenge)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(slices.Concat(auth, hash[:]))
	signature, err := d.Key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		d.t.Fatal(err)
	}
	return d.credential(map[string]any{"clientDataJSON": text(client), "authenticatorData": text(auth), "signature": text(signature), "userHandle": text(d.Handle)})
}

func text(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (d *Device) read(options []byte, o any) {
	d.t.Helper()
	if err := json.Unmarshal(options, o); err != nil {
		d.t.Fatalf("options %s: %v", options, err)
	}
}

func (d *Device) authData(flags byte) []byte {
	rp := sha256.Sum256([]byte(d.RPID))
	return binary.BigEndian.AppendUint32(append(rp[:], flags), d.Counter)
}

func (d *Device) clientData(kind, challenge string) []byte {
	said := map[string]any{"type": kind, "challenge": challenge, "origin": d.Origin, "crossOrigin": false}
	for name, value := range d.Client {
		said[name] = value
	}
	return d.json(said)
}

func (d *Device) credential(response map[string]any) []byte {
	return d.json(map[string]any{
		"id": text(d.ID), "rawId": text(d.ID), "type": "public-key", "authenticatorAttachment": "platform",
		"clientExtensionResults": map[string]any{}, "response": response,
	})
}

func (d *Device) json(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		d.t.Fatal(err)
	}
	return data
}

// Nobodys returns a device whose private key everybody knows: 1.
func Nobodys(t testing.TB, rpID, origin string) *Device {
	t.Helper()
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), append(make([]byte, 31), 1))
	if err != nil {
		t.Fatal(err)
	}
	return newDevice(t, rpID, origin, key, nil)
}
