//! The pages from outside: requests over HTTP to the real routers, over a real store and bus.

#![cfg(test)]

mod administration;
mod bench;
mod pages;
mod people;
mod reading;
mod setters;
mod submitting;
