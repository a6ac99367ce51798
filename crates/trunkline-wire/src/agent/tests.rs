//! Frames of spec 21 – 24, in both directions.

mod answers;
mod any_frame;
mod consumer;
mod conversation;
mod field;
mod frames;
mod lenient;
mod lists;
mod notifications;
mod people;
mod printing;
