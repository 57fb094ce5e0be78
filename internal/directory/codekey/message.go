package codekey

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
)

// The suite of every message: AES-256-GCM under a key derived with HKDF-SHA512,
// with key commitment and without a signature. Every SDK since 2.0 opens it, also
// with the strictest commitment policy.
// AWS: Encryption SDK algorithms reference.
const suite = "\x04\x78"

// Parts of a message. AWS: Encryption SDK message format reference.
const (
	formatVersion = 2
	framed        = 2
	idSize        = 32
	frameLength   = 4096
	finalFrame    = 0xffffffff
	finalFrameAAD = "AWSKMSEncryptionClient Final Frame"
)

var errTooLong = errors.New("the text is longer than a frame")

// envelope is what a message has besides its text.
type envelope struct {
	arn              string
	context          []byte // serialized
	dataKey, wrapped []byte
}

// writeMessage writes plain as the one frame of a message.
func writeMessage(e envelope, plain []byte) ([]byte, error) {
	if len(plain) > frameLength {
		return nil, errTooLong
	}
	id := make([]byte, idSize)
	rand.Read(id)
	box, commitment, err := derive(e.dataKey, id)
	if err != nil {
		return nil, err
	}
	header := e.header(id, commitment)
	// The header is sealed with the nonce 0, the frame with its number.
	tag := box.Seal(nil, nonce(0), nil, header)
	return slices.Concat(header, tag, frame(box, id, plain)), nil
}

// derive returns what the data key of one message encrypts with, and the value
// that commits the message to that key.
func derive(dataKey, id []byte) (cipher.AEAD, []byte, error) {
	key, err := hkdf.Key(sha512.New, dataKey, id, suite+"DERIVEKEY", dataKeySize)
	if err != nil {
		return nil, nil, err
	}
	commitment, err := hkdf.Key(sha512.New, dataKey, id, "COMMITKEY", dataKeySize)
	if err != nil {
		return nil, nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, nil, err
	}
	box, err := cipher.NewGCM(block)
	return box, commitment, err
}

func (e *envelope) header(id, commitment []byte) []byte {
	h := append([]byte{formatVersion}, suite...)
	h = append(h, id...)
	h = appendText(h, string(e.context))
	h = append(h, 0, 1) // one wrapped data key
	h = appendText(h, provider)
	h = appendText(h, e.arn)
	h = appendText(h, string(e.wrapped))
	h = append(h, framed)
	h = binary.BigEndian.AppendUint32(h, frameLength)
	return append(h, commitment...)
}

// frame returns plain as the first and last frame.
func frame(box cipher.AEAD, id, plain []byte) []byte {
	const number = 1
	aad := append(slices.Clone(id), finalFrameAAD...)
	aad = binary.BigEndian.AppendUint32(aad, number)
	aad = binary.BigEndian.AppendUint64(aad, uint64(len(plain)))
	f := binary.BigEndian.AppendUint32(nil, finalFrame)
	f = binary.BigEndian.AppendUint32(f, number)
	f = append(f, nonce(number)...)
	f = binary.BigEndian.AppendUint32(f, uint32(len(plain)))
	return append(f, box.Seal(nil, nonce(number), plain, aad)...)
}

// nonce returns the nonce of a frame. The key is that of one message, so that a
// number makes a nonce.
func nonce(frame uint32) []byte { return binary.BigEndian.AppendUint32(make([]byte, 8), frame) }

// serialize writes an encryption context: its pairs in the order of their names.
func serialize(context map[string]string) []byte {
	if len(context) == 0 {
		return nil
	}
	b := binary.BigEndian.AppendUint16(nil, uint16(len(context)))
	for _, name := range slices.Sorted(maps.Keys(context)) {
		b = appendText(b, name)
		b = appendText(b, context[name])
	}
	return b
}
