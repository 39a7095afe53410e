	.file	"x.c"
	.text
	.section	.rodata.str1.1,"aMS",@progbits,1
.LC0:
	.string	"old"
.LC1:
	.string	"same"
	.text
	.globl	hello
	.type	hello, @function
hello:
.LFB0:
	.cfi_startproc
	subq	$8, %rsp
	.cfi_def_cfa_offset 16
	leaq	.LC0(%rip), %rdi
	call	puts@PLT
	leaq	.LC1(%rip), %rdi
	call	puts@PLT
	addq	$8, %rsp
	.cfi_def_cfa_offset 8
	ret
	.cfi_endproc
.LFE0:
	.size	hello, .-hello
hello.Lfe:
	.globl	main
	.type	main, @function
main:
.LFB1:
	.cfi_startproc
	subq	$8, %rsp
	.cfi_def_cfa_offset 16
	call	hello
	leaq	.LC1(%rip), %rdi
	call	puts@PLT
	movl	$0, %eax
	addq	$8, %rsp
	.cfi_def_cfa_offset 8
	ret
	.cfi_endproc
.LFE1:
	.size	main, .-main
	.section	.note.GNU-stack,"",@progbits
#----- kpatch begin -----
	.pushsection .kpatch.text,"xR",@progbits
#----- kpatch: hello -----
	.p2align 4
	.globl	hello.kpatch
	.hidden	hello.kpatch
	.type	hello.kpatch, @function
hello.kpatch:
.LFB0.kpatch:
.Lkpatch_cfi0:
	subq	$8, %rsp
.Lkpatch_cfi1:
	leaq	.LC0.kpatch(%rip), %rdi
	call	puts.kpatch_ext@PLT
	leaq	.LC1(%rip), %rdi
	call	puts.kpatch_ext@PLT
	addq	$8, %rsp
.Lkpatch_cfi2:
	ret
.Lkpatch_cfi3:
.LFE0.kpatch:
	.size	hello.kpatch, .-hello.kpatch
hello.kpatch_end:
	.popsection
	.pushsection .kpatch.rodata,"R",@progbits
.LC0.kpatch:
	.string	"new"
	.popsection
	.pushsection .kpatch.eh_frame,"R",@progbits
	.balign	8
.Lkpatch_cie0:
	.long	.Lkpatch_cie_end0-.Lkpatch_cie0-4
	.long	0
	.byte	1
	.string	"zR"
	.uleb128	1
	.sleb128	-8
	.byte	16
	.uleb128	1
	.byte	0x1b
	.byte	0xc,7,8,0x90,1
	.balign	8
.Lkpatch_cie_end0:
	.popsection
	.pushsection .kpatch.eh_frame,"R",@progbits
	.balign	8
.Lkpatch_fde0:
	.long	.Lkpatch_fde_end0-.Lkpatch_fde0-4
	.long	.-.Lkpatch_cie0
	.long	.Lkpatch_cfi0-.
	.long	.Lkpatch_cfi3-.Lkpatch_cfi0
	.uleb128	0
	.byte	4
	.long	.Lkpatch_cfi1-.Lkpatch_cfi0
	.byte	14
	.uleb128	16
	.byte	4
	.long	.Lkpatch_cfi2-.Lkpatch_cfi1
	.byte	14
	.uleb128	8
	.balign	8
.Lkpatch_fde_end0:
	.popsection
	.pushsection .kpatch.strtab,"R",@progbits
.Lkpatch_name0:
	.string	"hello"
	.popsection
	.pushsection .kpatch.info,"R",@progbits
	.balign	8
	.quad	hello
	.quad	hello.Lfe-hello
	.quad	hello.kpatch
	.quad	hello.kpatch_end-hello.kpatch
	.quad	.Lkpatch_name0
	.quad	0
	.popsection
	.weak	puts.kpatch_ext
	.hidden	puts.kpatch_ext
#----- kpatch end -----
