package main

import (
	"errors"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
)

// startEtcd runs etcd inside this process. No fsync: a test cluster's data need not survive a power cut
// (it does survive kill -9 of this process: the page cache is the kernel's).
func startEtcd(dir string, port int) (*embed.Etcd, string, error) {
	c := embed.NewConfig()
	c.Name = "testkube"
	c.Dir = filepath.Join(dir, "etcd")
	c.LogLevel = "warn"
	c.LogOutputs = []string{filepath.Join(dir, "etcd.log")}
	c.UnsafeNoFsync = true
	c.QuotaBackendBytes = 4 << 30
	c.AutoCompactionMode = "periodic"
	c.AutoCompactionRetention = "5m"
	cu := url.URL{Scheme: "http", Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port))}
	c.ListenClientUrls = []url.URL{cu}
	c.AdvertiseClientUrls = []url.URL{cu}
	lp, err := freePort() // the peer port: never used, there is one member
	if err != nil {
		return nil, "", err
	}
	p := url.URL{Scheme: "http", Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(lp))}
	c.ListenPeerUrls = []url.URL{p}
	c.AdvertisePeerUrls = []url.URL{p}
	c.InitialCluster = c.InitialClusterFromName(c.Name)
	e, err := embed.StartEtcd(c)
	if err != nil {
		return nil, "", err
	}
	select {
	case <-e.Server.ReadyNotify():
	case err := <-e.Err():
		return nil, "", err
	case <-time.After(60 * time.Second):
		e.Close()
		return nil, "", errors.New("etcd did not become ready in 60 s")
	}
	return e, "http://" + e.Clients[0].Addr().String(), nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
