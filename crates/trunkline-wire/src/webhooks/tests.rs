mod any_json;
mod escaping;
mod examples;
mod fixed_point;
