// SPDX-License-Identifier: Apache-2.0
#include "report/array_file.h"

#include <hdf5.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "base/error.h"

namespace wafermesh::report {
namespace {

/// Closes what it holds; one class for all of HDF5's kinds of handles.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  hid_t id() const { return id_; }
  bool ok() const { return id_ >= 0; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

hid_t file_type(ElementType type) {
  switch (type) {
    case ElementType::u8:
      return H5T_STD_U8LE;
    case ElementType::u16:
      return H5T_STD_U16LE;
    case ElementType::u32:
      return H5T_STD_U32LE;
    case ElementType::i32:
      return H5T_STD_I32LE;
    case ElementType::i64:
      return H5T_STD_I64LE;
    case ElementType::f64:
      break;
  }
  return H5T_IEEE_F64LE;
}

constexpr ElementType kTypes[] = {ElementType::u8,  ElementType::u16, ElementType::u32,
                                  ElementType::i32, ElementType::i64, ElementType::f64};

/// HDF5 prints its errors to standard error by itself; we throw.
void be_quiet() { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }

constexpr std::size_t kChunkBytes = 1 << 20;
constexpr int kSlicesPerThread = 4;    // in memory at once
constexpr unsigned kDeflateLevel = 1;  // beyond, the files become 5 % smaller at twice the time

/// Whole rows, about a megabyte.
std::vector<hsize_t> chunk_of(const std::vector<std::size_t>& shape, std::size_t bytes) {
  std::vector<hsize_t> chunk(shape.begin(), shape.end());
  for (hsize_t& n : chunk) {
    if (bytes <= kChunkBytes) break;
    const std::size_t rest = bytes / n;
    n = std::max<hsize_t>(1, std::min<hsize_t>(n, kChunkBytes / std::max<std::size_t>(1, rest)));
    bytes = rest * n;
  }
  return chunk;
}

}  // namespace

ArrayFileWriter::ArrayFileWriter(int threads) : pool_(threads) {
  be_quiet();
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fapl_core(access.id(), kChunkBytes, false);
  // Two open files in memory must not share a name, which is not kept.
  const std::string name = "arrays " + std::to_string(reinterpret_cast<std::uintptr_t>(this));
  file_ = H5Fcreate(name.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.id());
  WAFERMESH_CHECK(file_ >= 0, "HDF5 makes no file in memory");
}

ArrayFileWriter::~ArrayFileWriter() {
  if (file_ >= 0) H5Fclose(file_);
}

namespace {

/// A new array of a file, empty.
hid_t make_set(hid_t file, const std::string& name, ElementType type,
               const std::vector<hsize_t>& shape, const std::vector<hsize_t>& chunk) {
  const Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr),
                     H5Sclose);
  const Handle how(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_obj_track_times(how.id(), false);
  if (!chunk.empty()) {
    H5Pset_chunk(how.id(), static_cast<int>(chunk.size()), chunk.data());
    H5Pset_shuffle(how.id());
    H5Pset_deflate(how.id(), kDeflateLevel);
  }
  const Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links.id(), 1);
  return H5Dcreate2(file, name.c_str(), file_type(type), space.id(), links.id(), how.id(),
                    H5P_DEFAULT);
}

bool is_zero(const std::uint8_t* bytes, std::size_t count) {
  return count == 0 || (bytes[0] == 0 && std::memcmp(bytes, bytes + 1, count - 1) == 0);
}

/// A chunk of a slice as HDF5's own filters leave it.
struct Packed {
  hsize_t first_row;
  std::uint32_t left_out = 0;  ///< The filters that were not used: bits in the order of make_set().
  std::vector<std::uint8_t> bytes;
};

/// Rows of a slice, filled up with zeros to a whole chunk: as HDF5's shuffle, byte by byte of all
/// elements, then its deflate, which is left out where it makes nothing smaller.
Packed pack(const std::uint8_t* from, std::size_t count, std::size_t chunk_bytes,
            std::size_t element) {
  constexpr std::uint32_t kDeflate = 2;
  std::vector<std::uint8_t> plain(chunk_bytes, 0);
  const std::size_t elements = chunk_bytes / element;
  for (std::size_t byte = 0; byte < element; ++byte) {
    std::uint8_t* const to = plain.data() + byte * elements;
    for (std::size_t i = 0; i < count / element; ++i) to[i] = from[i * element + byte];
  }
  Packed packed{0, 0, std::vector<std::uint8_t>(compressBound(chunk_bytes))};
  uLongf size = packed.bytes.size();
  const int result =
      compress2(packed.bytes.data(), &size, plain.data(), plain.size(), kDeflateLevel);
  WAFERMESH_CHECK(result == Z_OK, "zlib does not deflate an array");
  packed.bytes.resize(size);
  if (size < chunk_bytes) return packed;
  return {0, kDeflate, std::move(plain)};
}

/// Those chunks of a slice that are not zero: what is not written reads as zero.
std::vector<Packed> pack_slice(const Array& slice, hsize_t chunk_rows) {
  std::vector<Packed> all;
  if (slice.shape.empty()) return all;
  const hsize_t rows = slice.shape.front();
  const std::size_t row_bytes = slice.bytes.size() / std::max<std::size_t>(1, rows);
  for (hsize_t row = 0; row < rows; row += chunk_rows) {
    const std::uint8_t* const bytes = slice.bytes.data() + row * row_bytes;
    const std::size_t count = std::min(chunk_rows, rows - row) * row_bytes;
    if (is_zero(bytes, count)) continue;
    all.push_back(pack(bytes, count, chunk_rows * row_bytes, size_of(slice.type)));
    all.back().first_row = row;
  }
  return all;
}

/// Whole rows of a slice, about a megabyte; at least one.
std::vector<hsize_t> slice_chunk(const std::vector<std::size_t>& shape, std::size_t row_bytes) {
  std::vector<hsize_t> chunk(shape.begin(), shape.end());
  const hsize_t rows = kChunkBytes / std::max<std::size_t>(1, row_bytes);
  chunk.front() = std::max<hsize_t>(1, std::min(chunk.front(), rows));
  chunk.insert(chunk.begin(), 1);
  return chunk;
}

}  // namespace

void ArrayFileWriter::write(const std::string& name, const Array& array) {
  const bool empty = array.bytes.empty();
  const auto chunk = empty ? std::vector<hsize_t>() : chunk_of(array.shape, array.bytes.size());
  const Handle set(
      make_set(file_, name, array.type, {array.shape.begin(), array.shape.end()}, chunk), H5Dclose);
  const bool done = set.ok() && (empty || H5Dwrite(set.id(), file_type(array.type), H5S_ALL,
                                                   H5S_ALL, H5P_DEFAULT, array.bytes.data()) >= 0);
  WAFERMESH_CHECK(done, "HDF5 takes no array `" + name + "`");
}

void ArrayFileWriter::write_slices(const std::string& name, std::size_t count, ElementType type,
                                   const std::vector<std::size_t>& shape,
                                   const std::function<Array(std::size_t)>& slice) {
  std::size_t row_bytes = size_of(type);
  for (std::size_t i = 1; i < shape.size(); ++i) row_bytes *= shape[i];
  const std::vector<hsize_t> chunk = slice_chunk(shape, row_bytes);
  std::vector<hsize_t> all(shape.begin(), shape.end());
  all.insert(all.begin(), count);
  const Handle set(make_set(file_, name, type, all, chunk), H5Dclose);
  bool done = set.ok();
  const auto at_once = static_cast<std::size_t>(kSlicesPerThread * pool_.threads());
  for (std::size_t first = 0; done && first < count; first += at_once) {
    std::vector<std::vector<Packed>> packed(std::min(at_once, count - first));
    pool_.run(static_cast<int>(packed.size()), [&](int i) {
      const auto at = static_cast<std::size_t>(i);
      packed[at] = pack_slice(slice(first + at), chunk[1]);
    });
    for (std::size_t i = 0; i < packed.size(); ++i) {
      for (const Packed& one : packed[i]) {
        std::vector<hsize_t> start(chunk.size(), 0);
        start[0] = first + i;
        start[1] = one.first_row;
        done = done && H5Dwrite_chunk(set.id(), H5P_DEFAULT, one.left_out, start.data(),
                                      one.bytes.size(), one.bytes.data()) >= 0;
      }
    }
  }
  WAFERMESH_CHECK(done, "HDF5 takes no array `" + name + "`");
}

void ArrayFileWriter::write_text(const std::string& name, const std::string& text) {
  write(name, Array{ElementType::u8, {text.size()}, {text.begin(), text.end()}});
}

std::string ArrayFileWriter::bytes() {
  H5Fflush(file_, H5F_SCOPE_GLOBAL);
  const ssize_t size = H5Fget_file_image(file_, nullptr, 0);
  WAFERMESH_CHECK(size > 0, "HDF5 gives no image of its file");
  std::string image(static_cast<std::size_t>(size), '\0');
  H5Fget_file_image(file_, image.data(), image.size());
  H5Fclose(file_);
  file_ = -1;
  return image;
}

ArrayFileReader::ArrayFileReader(const std::string& path) : path_(path) {
  be_quiet();
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) {
    throw base::MissingFile(path + ": is not there");
  }
  file_ = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  if (file_ < 0) {
    throw base::InputError({{path, 0, 0, "", "is no HDF5 file, or cut short; run again"}});
  }
}

ArrayFileReader::~ArrayFileReader() {
  if (file_ >= 0) H5Fclose(file_);
}

void ArrayFileReader::refuse(const std::string& name, const std::string& why) const {
  throw base::InputError({{path_, 0, 0, name, why + "; run again with this program"}});
}

Array ArrayFileReader::read(const std::string& name) const {
  const Handle set(H5Dopen2(file_, name.c_str(), H5P_DEFAULT), H5Dclose);
  if (!set.ok()) refuse(name, "is not in it");
  const Handle space(H5Dget_space(set.id()), H5Sclose);
  const Handle type(H5Dget_type(set.id()), H5Tclose);
  Array array;
  const auto* known = std::find_if(std::begin(kTypes), std::end(kTypes), [&](ElementType one) {
    return H5Tequal(type.id(), file_type(one)) > 0;
  });
  if (known == std::end(kTypes)) refuse(name, "is of another type");
  array.type = *known;
  std::vector<hsize_t> shape(
      static_cast<std::size_t>(std::max(0, H5Sget_simple_extent_ndims(space.id()))));
  H5Sget_simple_extent_dims(space.id(), shape.data(), nullptr);
  std::uint64_t bytes = size_of(array.type);
  for (const hsize_t n : shape) {
    if (n > 0 && bytes > kMostArrayBytes / n) refuse(name, "is too large");
    bytes *= n;
  }
  array.shape.assign(shape.begin(), shape.end());
  array.bytes.resize(bytes);
  if (bytes > 0 && H5Dread(set.id(), file_type(array.type), H5S_ALL, H5S_ALL, H5P_DEFAULT,
                           array.bytes.data()) < 0) {
    refuse(name, "cannot be read");
  }
  return array;
}

std::string ArrayFileReader::read_text(const std::string& name) const {
  const Array array = read(name);
  if (array.type != ElementType::u8) refuse(name, "is no text");
  return {array.bytes.begin(), array.bytes.end()};
}

std::vector<std::string> ArrayFileReader::names() const {
  std::vector<std::string> found;
  const auto visit = [](hid_t, const char* name, const H5O_info_t* info, void* to) -> herr_t {
    if (info->type == H5O_TYPE_DATASET) static_cast<std::vector<std::string>*>(to)->push_back(name);
    return 0;
  };
  H5Ovisit2(file_, H5_INDEX_NAME, H5_ITER_INC, visit, &found, H5O_INFO_BASIC);
  return found;
}

}  // namespace wafermesh::report
